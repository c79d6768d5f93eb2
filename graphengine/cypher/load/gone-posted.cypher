// Posts that are no longer anybody's, by pair.
// It goes with the last job that said it.
UNWIND range(0, size($post) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (p:Post {key: $post[i]})
MATCH (a)-[r:POSTED]->(p)
WITH r, replace(coalesce(r.said_by, '|'), $mark, '|') AS others
SET r.said_by = others
FOREACH (last IN CASE WHEN others = '|' THEN [r] ELSE [] END | DELETE last)
RETURN count(*) AS rows
