// Posts that nothing holds any more, a page of keys at a time.
MATCH (p:Post)
WHERE p.key > $after
WITH p
ORDER BY p.key
LIMIT $rows
WITH collect(p) AS page, count(p) AS rows, max(p.key) AS after
FOREACH (x IN [y IN page WHERE NOT EXISTS { (y)--() }] | DELETE x)
RETURN rows, after
