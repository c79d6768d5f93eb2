// How many people a run leaves unrated. The index needs a predicate for each of its properties.
MATCH ()-[u:UNRATED]->()
WHERE u.run = $run AND u.topic IS NOT NULL
RETURN count(u) AS rows
