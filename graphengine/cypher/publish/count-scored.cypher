// How many scores a run has. The index needs a predicate for each of its properties.
MATCH ()-[s:SCORED]->()
WHERE s.run = $run AND s.topic IS NOT NULL AND s.rank IS NOT NULL
RETURN count(s) AS rows
