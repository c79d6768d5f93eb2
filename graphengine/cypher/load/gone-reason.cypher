// Reasons that name forgotten accounts, at either end, in all runs of this job.
UNWIND $key AS key
MATCH (a:Account {key: key})
MATCH (a)-[s:REASON]-(:Account)
MATCH (r:Run {key: s.run})
WHERE r.job = $job
DELETE s
RETURN count(*) AS rows
