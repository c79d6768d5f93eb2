// The job's ledger and its lanes, claimed: whoever claimed them before is refused at its next step.
// Each claim has a greater token than the one before. Setting a property of a lane first takes its
// lock, so that done is read as the last writer left it.
MERGE (l:GraphengineLoad {key: $job})
ON CREATE SET l.batch = 0, l.pending = 0, l.loading = '', l.done = 0, l.scheme = '',
              l.published = ''
SET l.touched = 1
SET l.token = coalesce(l.token, 0) + 1, l.owner = $owner, l.holder = $holder,
    l.since = timestamp() / 1000
WITH l
UNWIND $lanes AS lane
MERGE (w:GraphengineLane {key: lane})
SET w.touched = 1
SET w.owner = $owner, w.done = coalesce(w.done, 0)
WITH l, w
ORDER BY w.key
WITH l, collect(w.done) AS done
RETURN l.batch AS batch, l.pending AS pending, l.loading AS loading,
       l.scheme AS scheme, l.published AS published, coalesce(l.retired, '') AS retired,
       coalesce(l.pinned, '') AS pinned, coalesce(l.log, '') AS log,
       coalesce(l.edges, 'event') AS edges, l.token AS token, done
