// What other jobs copy onto nodes.
MATCH (l:GraphengineLoad)
WHERE l.key <> $job AND l.pinned <> ''
RETURN l.key AS job, l.pinned AS pinned
ORDER BY job
