// question: How many events has a topic had, day by day?
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic of the job
// parameter n (integer = 1000): at most so many rows
// columns: day, events, actors, targets
// cost: the index of every event of the graph, and the events of the topic; those without a time are left out
// hits: <= 100 + 2 per event of the graph + 5 per event of the topic
MATCH (a)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b)
WHERE r.event_id > ''
  AND r.topic STARTS WITH CASE WHEN $topic = '' OR $topic ENDS WITH '/overall' THEN $scheme ELSE $topic END
  AND ($topic = '' OR $topic ENDS WITH '/overall' OR r.topic = $topic)
  AND r.at IS NOT NULL
RETURN r.at - r.at % 86400 AS day, count(DISTINCT r.event_id) AS events,
       count(DISTINCT a.key) AS actors, count(DISTINCT b.key) AS targets
ORDER BY day DESC
LIMIT $n
