// From a post to its parent, by pair; TYPE is RESHARE_OF or REPLY_TO.
// said_by names the jobs that say so: |job|job|.
UNWIND range(0, size($child) - 1) AS i
MATCH (c:Post {key: $child[i]})
MATCH (p:Post {key: $parent[i]})
MERGE (c)-[r:TYPE]->(p)
SET r.at = $at[i],
    r.said_by = CASE WHEN coalesce(r.said_by, '|') CONTAINS $mark THEN r.said_by
                     ELSE coalesce(r.said_by, '|') + substring($mark, 1) END
RETURN count(*) AS rows
