// The state of a run: loading, complete or dropping.
MATCH (r:Run {key: $run})
SET r.state = $state
RETURN count(*) AS rows
