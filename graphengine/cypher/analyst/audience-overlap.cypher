// question: How much do the audiences of two people overlap?
// parameter account (account): the key of one person
// parameter other (account): the key of the other person
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic
// columns: audience, other_audience, common, share, other_share
// cost: every event that the two people received
MATCH (x:Account {key: $account})
MATCH (y:Account {key: $other})
OPTIONAL MATCH (b:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x)
WHERE b.key <> x.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
WITH x, y, count(DISTINCT b.key) AS audience
OPTIONAL MATCH (c:Account)-[q:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(y)
WHERE c.key <> y.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR q.topic = $topic)
WITH x, y, audience, count(DISTINCT c.key) AS other_audience
OPTIONAL MATCH (d:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x)
WHERE d.key <> x.key AND d.key <> y.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
  AND EXISTS {
    MATCH (d)-[q:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(y)
    WHERE ($topic = '' OR $topic ENDS WITH '/overall' OR q.topic = $topic)
  }
WITH audience, other_audience, count(DISTINCT d.key) AS common
RETURN audience, other_audience, common,
       CASE WHEN audience = 0 THEN 0.0 ELSE 1.0 * common / audience END AS share,
       CASE WHEN other_audience = 0 THEN 0.0 ELSE 1.0 * common / other_audience END AS other_share
ORDER BY audience
LIMIT 1
