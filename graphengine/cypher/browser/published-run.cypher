// graphengine: which run is published, and since which one
MATCH (p:Pointer {key: $job})
MATCH (r:Run {key: p.run})
OPTIONAL MATCH (q:Run {key: p.previous})
RETURN p, r, q
