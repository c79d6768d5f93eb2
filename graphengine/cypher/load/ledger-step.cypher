// Some rows of a lane more, in the transaction that writes them. Setting a property first takes the
// lock, so that owner and done are read as the last writer left them.
MATCH (l:GraphengineLoad {key: $job})
MATCH (w:GraphengineLane {key: $lane})
SET w.touched = 1
WITH l, w, w.owner AS owner, w.done AS done
SET w.done = CASE WHEN owner = $owner AND done = $done THEN $next ELSE done END
RETURN owner, done, l.holder AS holder, l.since AS since, l.token AS token
