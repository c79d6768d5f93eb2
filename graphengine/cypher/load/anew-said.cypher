// Some relationships by pair that this job said, until none are left; TYPE is theirs. They go with
// the last job that said them. No index leads to them, so that all of the type are looked at.
MATCH ()-[r:TYPE]->()
WHERE r.said_by CONTAINS $mark
WITH r
LIMIT $rows
WITH r, replace(r.said_by, $mark, '|') AS others
SET r.said_by = others
FOREACH (last IN CASE WHEN others = '|' THEN [r] ELSE [] END | DELETE last)
RETURN count(*) AS rows
