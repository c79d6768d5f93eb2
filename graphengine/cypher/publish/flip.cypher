// The flip. Readers go by p.run, one property: they see the run before or this one, nothing else.
MERGE (p:Pointer {key: $job})
SET p.previous = $previous, p.run = $run
RETURN count(*) AS rows
