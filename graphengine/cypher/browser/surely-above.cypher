// graphengine: whose whole interval lies above 60 among the top $n of a topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $n AND s.low > 60
RETURN a, s, t
