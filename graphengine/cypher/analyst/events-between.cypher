// question: What has one person done to another, event by event?
// parameter account (account): the key of the one who acted
// parameter other (account): the key of the one who earned attention
// parameter n (integer = 100): at most so many rows
// columns: at, kind, topic, event_id, share, weight, post
// cost: the events between the two, among those of the one who has fewer; one row for each event and topic
// hits: <= 50 + 10 per event between + 2 per event given
MATCH (a:Account {key: $account})
MATCH (b:Account {key: $other})
WITH DISTINCT a, b
MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
RETURN r.at AS at, type(r) AS kind, r.topic AS topic, r.event_id AS event_id, r.share AS share,
       r.weight AS weight, r.post AS post
ORDER BY at DESC, event_id, topic
LIMIT $n
