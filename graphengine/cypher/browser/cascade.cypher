// graphengine: the cascade of a post, with its authors
MATCH (x:Post {key: $post})
MATCH (c:Post)
WHERE c.root = x.root
OPTIONAL MATCH (c)-[l:RESHARE_OF|REPLY_TO]->(q:Post)
OPTIONAL MATCH (a:Account)-[w:POSTED]->(c)
RETURN c, l, q, a, w
LIMIT 300
