// Who wrote which post, by pair.
UNWIND range(0, size($post) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (p:Post {key: $post[i]})
MERGE (a)-[r:POSTED]->(p)
SET r.at = $at[i]
RETURN count(*) AS rows
