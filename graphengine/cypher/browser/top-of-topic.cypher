// graphengine: the top $n people of a topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $n
RETURN a, s, t
ORDER BY s.rank
