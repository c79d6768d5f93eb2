// Published scores as properties of nodes, each node's all at once with their run; a null takes a
// property away. Ids may be text or whole numbers there.
UNWIND range(0, size($text) - 1) AS i
MATCH (n:LABEL)
WHERE n.KEY IN [$text[i], $number[i]]
SET n += $row[i]
RETURN count(*) AS rows
