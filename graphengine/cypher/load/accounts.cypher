// Accounts by key. An attribute that this log does not know keeps what another job's log knew.
UNWIND range(0, size($key) - 1) AS i
MERGE (a:Account {key: $key[i]})
SET a.network = $network[i], a.uid = $uid[i],
    a.handle = coalesce($handle[i], a.handle),
    a.handle_lc = coalesce($handle_lc[i], a.handle_lc),
    a.name = coalesce($name[i], a.name),
    a.followers = coalesce($followers[i], a.followers),
    a.created_at = coalesce($created_at[i], a.created_at)
RETURN count(*) AS rows
