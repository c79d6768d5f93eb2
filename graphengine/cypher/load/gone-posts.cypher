// Posts that are gone, unless a relationship of another job holds them.
UNWIND $key AS key
MATCH (p:Post {key: key})
WHERE NOT EXISTS { (p)--() }
DELETE p
RETURN count(*) AS rows
