// The job's ledger, claimed: whoever claimed it before is refused at its next step.
MERGE (l:GraphengineLoad {key: $job})
ON CREATE SET l.batch = 0, l.pending = 0, l.loading = '', l.done = 0, l.scheme = '',
              l.published = ''
SET l.owner = $owner
RETURN l.batch AS batch, l.pending AS pending, l.loading AS loading, l.done AS done,
       l.scheme AS scheme, l.published AS published
