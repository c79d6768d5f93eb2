// A run that is about to be written.
MERGE (r:Run {key: $run})
SET r = $properties
RETURN count(*) AS rows
