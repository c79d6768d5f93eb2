// Events whose relationships are dropped, those to other jobs' topics excepted; TYPE is theirs.
UNWIND $event_id AS id
MATCH ()-[r:TYPE]->()
WHERE r.event_id = id AND r.topic STARTS WITH $prefix
DELETE r
RETURN count(*) AS rows
