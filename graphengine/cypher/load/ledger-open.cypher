// The job's ledger, claimed: whoever claimed it before is refused at its next step. Each claim has
// a greater token than the one before.
MERGE (l:GraphengineLoad {key: $job})
ON CREATE SET l.batch = 0, l.pending = 0, l.loading = '', l.done = 0, l.scheme = '',
              l.published = ''
SET l.touched = 1
SET l.token = coalesce(l.token, 0) + 1, l.owner = $owner, l.holder = $holder,
    l.since = timestamp() / 1000
RETURN l.batch AS batch, l.pending AS pending, l.loading AS loading, l.done AS done,
       l.scheme AS scheme, l.published AS published, coalesce(l.retired, '') AS retired,
       coalesce(l.pinned, '') AS pinned, coalesce(l.log, '') AS log,
       coalesce(l.edges, 'event') AS edges, l.token AS token
