// How many seeds a run has. The index needs a predicate for each of its properties.
MATCH ()-[s:SEED]->()
WHERE s.run = $run AND s.topic IS NOT NULL AND s.place IS NOT NULL
RETURN count(s) AS rows
