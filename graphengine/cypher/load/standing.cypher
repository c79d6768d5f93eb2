// Events of one TYPE that are there already make room for the same events as they stand now.
UNWIND range(0, size($event_id) - 1) AS i
MATCH ()-[r:TYPE]->()
WHERE r.event_id = $event_id[i] AND r.topic = $topic[i]
DELETE r
RETURN count(*) AS rows
