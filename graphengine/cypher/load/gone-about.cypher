// What a post is no longer about, by pair.
// It goes with the last job that said it.
UNWIND range(0, size($post) - 1) AS i
MATCH (p:Post {key: $post[i]})
MATCH (t:Topic {key: $topic[i]})
MATCH (p)-[r:ABOUT]->(t)
WITH r, replace(coalesce(r.said_by, '|'), $mark, '|') AS others
SET r.said_by = others
FOREACH (last IN CASE WHEN others = '|' THEN [r] ELSE [] END | DELETE last)
RETURN count(*) AS rows
