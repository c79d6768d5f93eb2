// question: How much do the audiences of two people overlap?
// parameter account (account): the key of one person
// parameter other (account): the key of the other person
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic
// columns: audience, other_audience, common, share, other_share
// cost: every event that the two people received; each of the one's audience is looked up in the other's
// hits: <= 100 + 20 per event received + 12 per event of the other
MATCH (x:Account {key: $account})
MATCH (y:Account {key: $other})
OPTIONAL MATCH (c:Account)-[q:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(y)
WHERE c.key <> y.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR q.topic = $topic)
WITH x, y, count(DISTINCT c.key) AS other_audience
OPTIONAL MATCH (b:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x)
WHERE b.key <> x.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
WITH DISTINCT y, other_audience, b
WITH other_audience, count(b.key) AS audience, count(CASE WHEN b.key <> y.key AND EXISTS {
       MATCH (b)-[o:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(y)
       WHERE ($topic = '' OR $topic ENDS WITH '/overall' OR o.topic = $topic)
     } THEN 1 END) AS common
RETURN audience, other_audience, common,
       CASE WHEN audience = 0 THEN 0.0 ELSE 1.0 * common / audience END AS share,
       CASE WHEN other_audience = 0 THEN 0.0 ELSE 1.0 * common / other_audience END AS other_share
ORDER BY audience
LIMIT 1
