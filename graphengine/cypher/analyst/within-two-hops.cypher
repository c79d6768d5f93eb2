// question: Which influential people of a topic are within two hops of a person?
// parameter account (account): the key of the person whose endorsements are followed
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, hops, rank, score, low, high
// cost: all endorsements within two hops: slow for people who endorse thousands
// hits: <= 100 + 1 per event within two hops + 45 per account within two hops
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (x:Account {key: $account})-[:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED*1..2]->(a:Account)
WHERE a.key <> x.key
WITH DISTINCT run, x, a
MATCH (a)-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic AND s.rank >= 1
RETURN a.key AS account, a.handle AS handle, a.name AS name,
       CASE WHEN EXISTS { MATCH (x)-[:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(a) } THEN 1 ELSE 2 END AS hops,
       s.rank AS rank, s.score AS score, s.low AS low, s.high AS high
ORDER BY rank, account
LIMIT $n
