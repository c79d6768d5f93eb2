// Some rows more, in the transaction that writes them. Setting a property first takes the lock, so
// that owner and done are read as the last writer left them.
MATCH (l:GraphengineLoad {key: $job})
SET l.touched = 1
WITH l, l.owner AS owner, l.done AS done
SET l.done = CASE WHEN owner = $owner AND done = $done THEN $next ELSE done END
RETURN owner, done, l.holder AS holder, l.since AS since, l.token AS token
