// graphengine: whom to ask in a topic, the first $n of the stored set
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SEED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.place <= $n
RETURN a, s, t
ORDER BY s.place
