// What the ledger says from now on, unless somebody else has claimed it: then nothing changes.
// Setting a property first takes the lock. Of the lanes that are named no row is written any more.
MATCH (l:GraphengineLoad {key: $job})
SET l.touched = 1
WITH l, l.owner AS owner
SET l += CASE WHEN owner = $owner THEN $changes ELSE {} END
FOREACH (lane IN CASE WHEN owner = $owner THEN $lanes ELSE [] END |
  MERGE (w:GraphengineLane {key: lane})
  SET w.owner = $owner, w.done = 0
)
RETURN owner, l.holder AS holder, l.since AS since, l.token AS token
