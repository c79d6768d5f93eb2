// question: What happens in a topic, kind by kind, in a window of time?
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic of the job
// parameter days (integer = 30): the window's length
// parameter ago (integer = 0): the window ends so many days before the published run's as_of
// columns: kind, events, actors, targets, first_at, last_at
// cost: the events of the window, of every topic: one range of the index (at) a kind
// hits: <= 200 + 3 per event of the window + 8 per event of the topic in the window
MATCH (p:Pointer {key: $job})
MATCH (u:Run {key: p.run})
WITH u.as_of - 86400 * $ago AS until
MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
WHERE r.at > until - 86400 * $days AND r.at <= until
  AND r.topic STARTS WITH CASE WHEN $topic = '' OR $topic ENDS WITH '/overall' THEN $scheme ELSE $topic END
  AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
RETURN type(r) AS kind, count(DISTINCT r.event_id) AS events, count(DISTINCT a.key) AS actors,
       count(DISTINCT b.key) AS targets, min(r.at) AS first_at, max(r.at) AS last_at
ORDER BY events DESC, kind
LIMIT 100
