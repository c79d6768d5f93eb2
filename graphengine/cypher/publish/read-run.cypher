// The properties of a run's node.
MATCH (r:Run {key: $run})
RETURN properties(r) AS properties
