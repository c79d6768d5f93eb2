// What the ledger says from now on, unless somebody else has claimed it: then nothing changes.
// Setting a property first takes the lock.
MATCH (l:GraphengineLoad {key: $job})
SET l.touched = 1
WITH l, l.owner AS owner
SET l += CASE WHEN owner = $owner THEN $changes ELSE {} END
RETURN owner, l.holder AS holder, l.since AS since, l.token AS token
