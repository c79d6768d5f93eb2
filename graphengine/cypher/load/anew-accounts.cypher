// Accounts that nothing holds any more, a page of keys at a time.
MATCH (a:Account)
WHERE a.key > $after
WITH a
ORDER BY a.key
LIMIT $rows
WITH collect(a) AS page, count(a) AS rows, max(a.key) AS after
FOREACH (x IN [y IN page WHERE NOT EXISTS { (y)--() }] | DELETE x)
RETURN rows, after
