// What a post is no longer about, by pair.
UNWIND range(0, size($post) - 1) AS i
MATCH (p:Post {key: $post[i]})
MATCH (t:Topic {key: $topic[i]})
MATCH (p)-[r:ABOUT]->(t)
DELETE r
RETURN count(*) AS rows
