// question: What did a post set off?
// parameter post (post): the key of any post of the cascade
// parameter n (integer = 1000): at most so many rows
// columns: depth, post, parent, link, account, handle, at
// cost: the posts of one cascade, through the index on root
// hits: <= 50 + 20 per post of the cascade
MATCH (x:Post {key: $post})
MATCH (c:Post)
WHERE c.root = x.root
OPTIONAL MATCH (c)-[l:RESHARE_OF|REPLY_TO]->(q:Post)
OPTIONAL MATCH (a:Account)-[:POSTED]->(c)
RETURN c.depth AS depth, c.key AS post, q.key AS parent, type(l) AS link, a.key AS account,
       a.handle AS handle, c.at AS at
ORDER BY depth, at, post, parent
LIMIT $n
