// Sums of which no event is left, by key; TYPE is their kind.
UNWIND $key AS key
MATCH ()-[r:TYPE]->()
WHERE r.key = key
DELETE r
RETURN count(*) AS rows
