// What an import has left of a job's ledger; token counts how often it was claimed since.
MATCH (l:GraphengineLoad {key: $job})
RETURN l.batch AS batch, coalesce(l.token, 0) AS token
