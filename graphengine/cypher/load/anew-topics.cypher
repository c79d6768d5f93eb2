// Topics of this job that nothing holds any more, a page of keys at a time.
MATCH (t:Topic)
WHERE t.key > $after AND t.key STARTS WITH $prefix
WITH t
ORDER BY t.key
LIMIT $rows
WITH collect(t) AS page, count(t) AS rows, max(t.key) AS after
FOREACH (x IN [y IN page WHERE NOT EXISTS { (y)--() }] | DELETE x)
RETURN rows, after
