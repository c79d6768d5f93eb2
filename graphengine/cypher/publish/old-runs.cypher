// Runs of a job that are kept no longer; there are few runs.
MATCH (r:Run)
WHERE r.job = $job AND NOT r.key IN $kept
RETURN r.key AS run
ORDER BY run
