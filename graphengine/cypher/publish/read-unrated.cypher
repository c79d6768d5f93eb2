// A stretch of one topic's unrated people in columns. They have no rank to cut by: the order is
// that of the index, which stays the same while nobody writes rows of this run.
MATCH (a)-[u:UNRATED]->(t)
WHERE u.run = $run AND u.topic = $topic
WITH a, u, t SKIP $low LIMIT $rows
RETURN collect(coalesce(a.key, '')) AS account,
       collect(DISTINCT coalesce(t.key, '')) AS topic,
       collect(coalesce(u.endorsers, -1)) AS endorsers
