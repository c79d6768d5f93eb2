// Reasons of one run: who makes up whose score, from the endorser to the endorsed; what is null is
// left out.
UNWIND range(0, size($account) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (e:Account {key: $endorser[i]})
CREATE (e)-[:REASON {run: $run, topic: $topic[i], place: $place[i], part: $part[i],
                     events: $events[i], points: $points[i]}]->(a)
RETURN count(*) AS rows
