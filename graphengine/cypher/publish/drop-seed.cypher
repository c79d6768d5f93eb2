// Some seeds of a run, until no more are there.
MATCH ()-[s:SEED]->()
WHERE s.run = $run AND s.topic IS NOT NULL AND s.place IS NOT NULL
WITH s LIMIT $rows
DELETE s
RETURN count(*) AS rows
