// Some reasons of a run, until no more are there.
MATCH ()-[r:REASON]->()
WHERE r.run = $run AND r.topic IS NOT NULL AND r.place IS NOT NULL
WITH r LIMIT $rows
DELETE r
RETURN count(*) AS rows
