// question: Who is surely above a score in a topic?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter above (float = 60.0): the score that the whole interval lies above
// parameter n (integer = 100): at most so many rows
// columns: rank, account, handle, name, score, low, high, rank_low, rank_high, endorsers
// cost: the index (run, topic, rank) down to at most twice the rank of the last score above
// hits: <= 250 + 6 per person above
MATCH (p:Pointer {key: $job})
WITH p.run AS run, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
     131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864,
     134217728, 268435456, 536870912, 1073741824] AS steps
UNWIND steps AS step
OPTIONAL MATCH ()-[e:SCORED]->()
WHERE e.run = run AND e.topic = $topic AND e.rank = step
WITH run, min(CASE WHEN e.score <= $above THEN step END) AS below
MATCH (a)-[s:SCORED]->()
WHERE s.run = run AND s.topic = $topic AND s.rank < coalesce(below, 1000000000000)
  AND s.low > $above
RETURN s.rank AS rank, a.key AS account, a.handle AS handle, a.name AS name, s.score AS score,
       s.low AS low, s.high AS high, s.rank_low AS rank_low, s.rank_high AS rank_high,
       s.endorsers AS endorsers
ORDER BY rank, account
LIMIT $n
