// A stretch of one topic's scores in columns, whole or not at all: collect leaves out nulls, so
// that what is missing comes as the values that stand for it. What should be the same in all rows
// comes once for each value that it has.
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = $run AND s.topic = $topic AND s.rank >= $low AND s.rank < $high
RETURN collect(coalesce(a.key, '')) AS account,
       collect(DISTINCT coalesce(t.key, '')) AS topic,
       collect(s.rank) AS rank,
       collect(coalesce(s.score, $nan)) AS score,
       collect(coalesce(s.pct, $nan)) AS pct,
       collect(coalesce(s.endorsers, -1)) AS endorsers,
       collect(coalesce(s.raw, $nan)) AS raw,
       collect(coalesce(s.pagerank, $nan)) AS pagerank,
       collect(coalesce(s.credit, $nan)) AS credit,
       collect(coalesce(s.low, $nan)) AS low,
       collect(coalesce(s.high, $nan)) AS high,
       collect(coalesce(s.rank_low, -1)) AS rank_low,
       collect(coalesce(s.rank_high, -1)) AS rank_high,
       collect(coalesce(s.rank_group, -1)) AS rank_group,
       collect(coalesce(s.evidence, -1)) AS evidence,
       collect(coalesce(s.reach, $nan)) AS reach,
       collect(coalesce(s.amplification, $nan)) AS amplification,
       collect(coalesce(s.network, $nan)) AS network,
       collect(coalesce(s.cascades, -1)) AS cascades,
       collect(coalesce(s.cascade_size, $nan)) AS cascade_size,
       collect(coalesce(s.passed_on, -1)) AS passed_on,
       collect(coalesce(s.spread, $nan)) AS spread,
       collect(coalesce(s.spread_low, $nan)) AS spread_low,
       collect(coalesce(s.spread_high, $nan)) AS spread_high,
       collect(DISTINCT coalesce(s.method_version, '')) AS method_version,
       collect(DISTINCT coalesce(s.anchors_version, '')) AS anchors_version
