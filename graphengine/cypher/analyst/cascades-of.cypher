// question: Which posts of a person set off the largest cascades?
// parameter account (account): the key of the author
// parameter n (integer = 20): at most so many rows
// columns: post, at, size, depth, accounts, last_at
// cost: the posts of all cascades that the person started
// hits: <= 50 + 15 per post of the person's cascades
MATCH (a:Account {key: $account})-[:POSTED]->(x:Post)
WHERE x.depth = 0
MATCH (c:Post)
WHERE c.root = x.key
OPTIONAL MATCH (b:Account)-[:POSTED]->(c)
WITH x, count(DISTINCT c.key) AS size, max(c.depth) AS depth, count(DISTINCT b.key) AS accounts,
     max(c.at) AS last_at
WHERE size > 1
RETURN x.key AS post, x.at AS at, size, depth, accounts, last_at
ORDER BY size DESC, depth DESC, post
LIMIT $n
