// The state of a run; no row for one that was never written.
MATCH (r:Run {key: $run})
RETURN r.state AS state
