// Who could see whom, by pair of accounts; TYPE is FOLLOWED or SAW.
UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MERGE (a)-[r:TYPE]->(b)
SET r.at = $at[i]
RETURN count(*) AS rows
