// The ledgers of the other jobs in this database.
MATCH (l:GraphengineLoad)
WHERE l.key <> $job
RETURN l.key AS job, l.scheme AS scheme
ORDER BY job
