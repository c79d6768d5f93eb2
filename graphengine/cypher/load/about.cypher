// What a post is about, by pair.
UNWIND range(0, size($post) - 1) AS i
MATCH (p:Post {key: $post[i]})
MATCH (t:Topic {key: $topic[i]})
MERGE (p)-[r:ABOUT]->(t)
SET r.weight = $weight[i]
RETURN count(*) AS rows
