// graphengine: who among the top $n people of a topic amplifies whom of them
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $n
WITH collect(a) AS top
UNWIND top AS a
OPTIONAL MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
WHERE b IN top AND r.topic = $topic
RETURN a, r, b
