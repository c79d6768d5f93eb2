// question: How many events has a topic had, day by day?
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic of the job
// parameter n (integer = 1000): at most so many rows
// columns: day, events, actors, targets
// cost: every event of the graph; events without a time are left out
MATCH (a:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b:Account)
WHERE r.at IS NOT NULL AND (r.topic = $topic
       OR (($topic = '' OR $topic ENDS WITH '/overall') AND r.topic STARTS WITH $scheme))
RETURN r.at - r.at % 86400 AS day, count(DISTINCT r.event_id) AS events,
       count(DISTINCT a.key) AS actors, count(DISTINCT b.key) AS targets
ORDER BY day DESC
LIMIT $n
