// How many of these accounts have a node.
UNWIND range(0, size($text) - 1) AS i
MATCH (n:LABEL)
WHERE n.KEY IN [$text[i], $number[i]]
RETURN count(*) AS rows
