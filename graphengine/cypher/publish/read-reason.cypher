// A stretch of one topic's reasons in columns, whole or not at all: what is missing comes as the values
// that stand for it, as it does for scores. Many people have a reason at each place, which is no place
// to cut at: the order is that of the index, which stays the same while nobody writes rows of this run.
MATCH (e)-[r:REASON]->(a)
WHERE r.run = $run AND r.topic = $topic AND r.place IS NOT NULL
WITH e, r, a SKIP $low LIMIT $rows
RETURN collect(coalesce(e.key, '')) AS endorser,
       collect(coalesce(a.key, '')) AS account,
       collect(DISTINCT r.topic) AS topic,
       collect(r.place) AS place,
       collect(coalesce(r.part, $nan)) AS part,
       collect(coalesce(r.events, -1)) AS events,
       collect(coalesce(r.points, $nan)) AS points
