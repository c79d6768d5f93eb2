// Posts that are no longer anybody's, by pair.
UNWIND range(0, size($post) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (p:Post {key: $post[i]})
MATCH (a)-[r:POSTED]->(p)
DELETE r
RETURN count(*) AS rows
