// question: Whom does a person amplify?
// parameter account (account): the key of the person who amplifies
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, events, reshares, last_at
// cost: every event in which the person acted
// hits: <= 50 + 12 per event given
MATCH (a:Account {key: $account})
MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b:Account)
WHERE b.key <> a.key AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
WITH b, count(DISTINCT r.event_id) AS events,
     count(DISTINCT CASE WHEN type(r) IN ['RETWEETED', 'QUOTED'] THEN r.event_id END) AS reshares,
     max(r.at) AS last_at
RETURN b.key AS account, b.handle AS handle, b.name AS name, events, reshares, last_at
ORDER BY events DESC, reshares DESC, account
LIMIT $n
