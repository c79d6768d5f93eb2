// A run whose scores are gone.
MATCH (r:Run {key: $run})
DELETE r
RETURN count(*) AS rows
