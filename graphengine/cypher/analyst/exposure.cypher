// question: How many of those who can see a person react?
// parameter account (account): the key of the person who is seen
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic
// columns: exposed, reacted, silent, share, reacted_unexposed
// cost: every follower, every one who saw, every event that the person received
// hits: <= 100 + 15 per event received + 8 per follower
MATCH (x:Account {key: $account})
OPTIONAL MATCH (b:Account)-[:FOLLOWED|SAW]->(x)
WHERE b.key <> x.key
WITH x, count(DISTINCT b.key) AS exposed
OPTIONAL MATCH (c:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x)
WHERE c.key <> x.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
WITH DISTINCT x, exposed, c
WITH exposed, count(c.key) AS actors,
     count(CASE WHEN EXISTS { MATCH (c)-[:FOLLOWED|SAW]->(x) } THEN 1 END) AS reacted
RETURN exposed, reacted, exposed - reacted AS silent,
       CASE WHEN exposed = 0 THEN 0.0 ELSE 1.0 * reacted / exposed END AS share,
       actors - reacted AS reacted_unexposed
ORDER BY exposed
LIMIT 1
