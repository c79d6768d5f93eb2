// question: Which run is published, and how was it made?
// columns: run, previous, as_of, data_from, data_to, method_version, anchors_version
// cost: one look-up
// hits: <= 30
MATCH (p:Pointer {key: $job})
WITH p.run AS served, p.previous AS before
MATCH (r:Run {key: served})
RETURN r.key AS run, before AS previous, r.as_of AS as_of, r.data_from AS data_from,
       r.data_to AS data_to, r.method_version AS method_version,
       r.anchors_version AS anchors_version
ORDER BY run
LIMIT 1
