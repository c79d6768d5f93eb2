// Whether the database holds anything at all.
MATCH (n)
RETURN count(n) AS nodes
