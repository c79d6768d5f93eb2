// graphengine: one person in every topic
MATCH (p:Pointer {key: $job})
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = p.run
RETURN a, s, t
