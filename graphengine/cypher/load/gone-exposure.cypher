// Exposure that is taken back, by pair of accounts; TYPE is FOLLOWED or SAW.
// It goes with the last job that said it.
UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MATCH (a)-[r:TYPE]->(b)
WITH r, replace(coalesce(r.said_by, '|'), $mark, '|') AS others
SET r.said_by = others
FOREACH (last IN CASE WHEN others = '|' THEN [r] ELSE [] END | DELETE last)
RETURN count(*) AS rows
