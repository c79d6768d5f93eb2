// Posts by key.
UNWIND range(0, size($key) - 1) AS i
MERGE (p:Post {key: $key[i]})
SET p.network = $network[i], p.at = $at[i], p.root = $root[i], p.depth = $depth[i]
RETURN count(*) AS rows
