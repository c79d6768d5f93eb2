// The properties of another run taken off nodes that were found to carry them.
UNWIND $id AS id
MATCH (n)
WHERE elementId(n) = id AND n.influence_run <> $run
SET n += $nothing
RETURN count(*) AS rows
