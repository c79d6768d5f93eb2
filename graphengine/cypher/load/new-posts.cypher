// Posts of a first load. The constraint on the key refuses those that another job has loaded; what
// is null is left out.
UNWIND range(0, size($key) - 1) AS i
CREATE (p:Post {key: $key[i], network: $network[i], at: $at[i], root: $root[i], depth: $depth[i]})
RETURN count(*) AS rows
