// Scores of accounts that are forgotten, in all runs of this job.
UNWIND $key AS key
MATCH (a:Account {key: key})
MATCH (a)-[s:SCORED]->(:Topic)
MATCH (r:Run {key: s.run})
WHERE r.job = $job
DELETE s
RETURN count(*) AS rows
