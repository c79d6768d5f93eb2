// graphengine: who makes up the score of a person in a topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (e)-[r:REASON]->(a:Account {key: $account})
WHERE r.run = run AND r.topic = $topic AND r.place <= $n
RETURN e, r, a
