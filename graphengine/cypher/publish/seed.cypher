// Seeds of one run: in each topic a set of people who together reach the most; what is null is left
// out.
UNWIND range(0, size($account) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SEED {run: $run, topic: $topic[i], place: $place[i], gain: $gain[i], k: $k[i],
                   share: $share[i], stop: $stop[i], spread: $spread[i], low: $low[i],
                   high: $high[i]}]->(t)
RETURN count(*) AS rows
