// One chunk more, in the transaction that writes the chunk. Setting a property first takes the
// lock, so that owner and done are read as the last writer left them.
MATCH (l:GraphengineLoad {key: $job})
SET l.touched = 1
WITH l, l.owner AS owner, l.done AS done
SET l.done = CASE WHEN owner = $owner AND done = $done THEN $done + 1 ELSE done END
RETURN owner, done
