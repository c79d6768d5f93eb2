// question: What happens in a topic, kind by kind?
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic of the job
// columns: kind, events, actors, targets, first_at, last_at
// cost: the index of every event of the graph, and the events of the topic
// hits: <= 100 + 2 per event of the graph + 5 per event of the topic
MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
WHERE r.event_id > ''
  AND r.topic STARTS WITH CASE WHEN $topic = '' OR $topic ENDS WITH '/overall' THEN $scheme ELSE $topic END
  AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
RETURN type(r) AS kind, count(DISTINCT r.event_id) AS events, count(DISTINCT a.key) AS actors,
       count(DISTINCT b.key) AS targets, min(r.at) AS first_at, max(r.at) AS last_at
ORDER BY events DESC, kind
LIMIT 100
