// Links from a post to its parent that no longer hold, by pair; TYPE is RESHARE_OF or REPLY_TO.
// It goes with the last job that said it.
UNWIND range(0, size($child) - 1) AS i
MATCH (c:Post {key: $child[i]})
MATCH (p:Post {key: $parent[i]})
MATCH (c)-[r:TYPE]->(p)
WITH r, replace(coalesce(r.said_by, '|'), $mark, '|') AS others
SET r.said_by = others
FOREACH (last IN CASE WHEN others = '|' THEN [r] ELSE [] END | DELETE last)
RETURN count(*) AS rows
