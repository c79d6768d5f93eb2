// Nodes that still carry properties of another run: who lost their score. One scan of the label.
MATCH (n:LABEL)
WHERE n.influence_run <> $run
RETURN elementId(n) AS id
