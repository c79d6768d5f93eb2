// What the pointer says; no row for a job that was never published.
MATCH (p:Pointer {key: $job})
RETURN p.run AS run, p.previous AS previous
