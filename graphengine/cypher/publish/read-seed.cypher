// A stretch of one topic's seeds in columns, whole or not at all: what is missing comes as the values
// that stand for it, as it does for scores.
MATCH (a)-[s:SEED]->(t)
WHERE s.run = $run AND s.topic = $topic AND s.place >= $low AND s.place < $high
RETURN collect(coalesce(a.key, '')) AS account,
       collect(DISTINCT coalesce(t.key, '')) AS topic,
       collect(s.place) AS place,
       collect(coalesce(s.gain, $nan)) AS gain,
       collect(coalesce(s.k, -1)) AS k,
       collect(coalesce(s.share, $nan)) AS share,
       collect(coalesce(s.stop, '')) AS stop,
       collect(coalesce(s.spread, $nan)) AS spread,
       collect(coalesce(s.low, $nan)) AS low,
       collect(coalesce(s.high, $nan)) AS high
