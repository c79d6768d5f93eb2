// Some scores of a run, until no more are there.
MATCH ()-[s:SCORED]->()
WHERE s.run = $run AND s.topic IS NOT NULL AND s.rank IS NOT NULL
WITH s LIMIT $rows
DELETE s
RETURN count(*) AS rows
