// Some of a run's unrated people, until no more are there.
MATCH ()-[u:UNRATED]->()
WHERE u.run = $run AND u.topic IS NOT NULL
WITH u LIMIT $rows
DELETE u
RETURN count(*) AS rows
