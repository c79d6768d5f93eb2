// New events of one TYPE. The constraint on (event_id, topic) refuses what is there already.
UNWIND range(0, size($event_id) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
CREATE (a)-[:TYPE {event_id: $event_id[i], topic: $topic[i], share: $share[i], at: $at[i],
                   weight: $weight[i], post: $post[i]}]->(b)
RETURN count(*) AS rows
