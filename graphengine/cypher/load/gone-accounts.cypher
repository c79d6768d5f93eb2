// Accounts that are gone, unless a relationship of another job holds them.
UNWIND $key AS key
MATCH (a:Account {key: key})
WHERE NOT EXISTS { (a)--() }
DELETE a
RETURN count(*) AS rows
