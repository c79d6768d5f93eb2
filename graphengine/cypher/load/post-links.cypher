// From a post to its parent, by pair; TYPE is RESHARE_OF or REPLY_TO.
UNWIND range(0, size($child) - 1) AS i
MATCH (c:Post {key: $child[i]})
MATCH (p:Post {key: $parent[i]})
MERGE (c)-[r:TYPE]->(p)
SET r.at = $at[i]
RETURN count(*) AS rows
