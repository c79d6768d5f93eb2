// Scores of one run, beside those of other runs; what is null is left out.
UNWIND range(0, size($account) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SCORED {run: $run, topic: $topic[i], rank: $rank[i], score: $score[i], pct: $pct[i],
                     endorsers: $endorsers[i], raw: $raw[i], pagerank: $pagerank[i],
                     credit: $credit[i], low: $low[i], high: $high[i],
                     rank_low: $rank_low[i], rank_high: $rank_high[i],
                     rank_group: $rank_group[i], evidence: $evidence[i], reach: $reach[i],
                     amplification: $amplification[i], network: $network[i],
                     cascades: $cascades[i],
                     cascade_size: $cascade_size[i], passed_on: $passed_on[i],
                     spread: $spread[i], spread_low: $spread_low[i],
                     spread_high: $spread_high[i], method_version: $method_version,
                     anchors_version: $anchors_version}]->(t)
RETURN count(*) AS rows
