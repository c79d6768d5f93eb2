// Some sums of this job's topics, from one key on, until none are left; TYPE is their kind.
MATCH ()-[r:TYPE]->()
WHERE r.key >= $after AND r.topic STARTS WITH $prefix
WITH r, r.key AS key
ORDER BY key
LIMIT $rows
DELETE r
RETURN count(*) AS rows, max(key) AS after
