// What one account did to another in a topic, summed over all time or a day; TYPE is the kind.
UNWIND range(0, size($key) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MERGE (a)-[r:TYPE {key: $key[i]}]->(b)
SET r.topic = $topic[i], r.day = $day[i], r.n = $n[i], r.share = $share[i],
    r.weight = $weight[i], r.first_at = $first_at[i], r.last_at = $last_at[i]
RETURN count(*) AS rows
