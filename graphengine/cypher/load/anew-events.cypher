// Some events of this job's topics, from one id on, until none are left; TYPE is their kind. The
// index is on (event_id, topic), so that a page begins where the one before ended.
MATCH ()-[r:TYPE]->()
WHERE r.event_id >= $after AND r.topic STARTS WITH $prefix
WITH r, r.event_id AS id
ORDER BY id
LIMIT $rows
DELETE r
RETURN count(*) AS rows, max(id) AS after
