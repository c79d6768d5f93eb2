// question: Who can see a person, but has never reacted?
// parameter account (account): the key of the person who is seen
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, followers, follows
// cost: every follower and every one who saw; follows is 0 for those who only saw
// hits: <= 100 + 30 per follower
MATCH (x:Account {key: $account})
MATCH (b:Account)-[f:FOLLOWED|SAW]->(x)
WHERE b.key <> x.key
  AND NOT EXISTS { MATCH (b)-[:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(x) }
RETURN b.key AS account, b.handle AS handle, b.name AS name, b.followers AS followers,
       max(CASE type(f) WHEN 'FOLLOWED' THEN 1 ELSE 0 END) AS follows
ORDER BY coalesce(b.followers, 0) DESC, account
LIMIT $n
