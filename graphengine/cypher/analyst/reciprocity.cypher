// question: Who amplifies a person and is amplified in return?
// parameter account (account): the key of the person
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, received, given
// cost: every event that the person received, and those in return
// hits: <= 100 + 18 per event received
MATCH (x:Account {key: $account})
MATCH (b:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x)
WHERE b.key <> x.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
WITH x, b, count(DISTINCT r.event_id) AS received
MATCH (x)-[q:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
WHERE ($topic = '' OR $topic ENDS WITH '/overall' OR q.topic = $topic)
RETURN b.key AS account, b.handle AS handle, b.name AS name, received,
       count(DISTINCT q.event_id) AS given
ORDER BY received DESC, given DESC, account
LIMIT $n
