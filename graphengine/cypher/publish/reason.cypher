// Reasons of one run: who makes up whose score, from the endorser to the endorsed. The endorsed is
// looked up once; what is null is left out.
UNWIND range(0, size($account) - 1) AS i
WITH $account[i] AS account, collect(i) AS places
MATCH (a:Account {key: account})
UNWIND places AS i
MATCH (e:Account {key: $endorser[i]})
CREATE (e)-[:REASON {run: $run, topic: $topic[i], place: $place[i], part: $part[i],
                     events: $events[i], points: $points[i]}]->(a)
RETURN count(*) AS rows
