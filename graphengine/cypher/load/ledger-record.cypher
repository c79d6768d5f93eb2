// What the ledger says from now on; no row when somebody else has claimed it.
MATCH (l:GraphengineLoad {key: $job})
SET l.touched = 1
WITH l
WHERE l.owner = $owner
SET l += $changes
RETURN l.owner AS owner
