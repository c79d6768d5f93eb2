// Links from a post to its parent that no longer hold, by pair; TYPE is RESHARE_OF or REPLY_TO.
UNWIND range(0, size($child) - 1) AS i
MATCH (c:Post {key: $child[i]})
MATCH (p:Post {key: $parent[i]})
MATCH (c)-[r:TYPE]->(p)
DELETE r
RETURN count(*) AS rows
