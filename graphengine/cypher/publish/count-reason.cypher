// How many reasons a run has. The index needs a predicate for each of its properties.
MATCH ()-[r:REASON]->()
WHERE r.run = $run AND r.topic IS NOT NULL AND r.place IS NOT NULL
RETURN count(r) AS rows
