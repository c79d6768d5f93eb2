// What says of forgotten accounts that they are seeds, in all runs of this job.
UNWIND $key AS key
MATCH (a:Account {key: key})
MATCH (a)-[s:SEED]->(:Topic)
MATCH (r:Run {key: s.run})
WHERE r.job = $job
DELETE s
RETURN count(*) AS rows
