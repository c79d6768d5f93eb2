// Events of one TYPE of which some are there already: set as they stand now.
UNWIND range(0, size($event_id) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MERGE (a)-[r:TYPE {event_id: $event_id[i], topic: $topic[i]}]->(b)
SET r.share = $share[i], r.at = $at[i], r.weight = $weight[i], r.post = $post[i]
RETURN count(*) AS rows
