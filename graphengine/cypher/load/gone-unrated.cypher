// What says of forgotten accounts that they are unrated, in all runs of this job.
UNWIND $key AS key
MATCH (a:Account {key: key})
MATCH (a)-[s:UNRATED]->(:Topic)
MATCH (r:Run {key: s.run})
WHERE r.job = $job
DELETE s
RETURN count(*) AS rows
