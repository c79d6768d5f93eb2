// Exposure that is taken back, by pair of accounts; TYPE is FOLLOWED or SAW.
UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MATCH (a)-[r:TYPE]->(b)
DELETE r
RETURN count(*) AS rows
