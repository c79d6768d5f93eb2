// What a post is about, by pair.
// said_by names the jobs that say so: |job|job|.
UNWIND range(0, size($post) - 1) AS i
MATCH (p:Post {key: $post[i]})
MATCH (t:Topic {key: $topic[i]})
MERGE (p)-[r:ABOUT]->(t)
SET r.weight = $weight[i],
    r.said_by = CASE WHEN coalesce(r.said_by, '|') CONTAINS $mark THEN r.said_by
                     ELSE coalesce(r.said_by, '|') + substring($mark, 1) END
RETURN count(*) AS rows
