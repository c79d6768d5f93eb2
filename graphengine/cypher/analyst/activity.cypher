// question: What happens in a topic, kind by kind?
// parameter topic (topic = ""): only events of this topic; empty or overall: of every topic of the job
// columns: kind, events, actors, targets, first_at, last_at
// cost: every event of the graph
MATCH (a:Account)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(b:Account)
WHERE (r.topic = $topic
       OR (($topic = '' OR $topic ENDS WITH '/overall') AND r.topic STARTS WITH $scheme))
RETURN type(r) AS kind, count(DISTINCT r.event_id) AS events, count(DISTINCT a.key) AS actors,
       count(DISTINCT b.key) AS targets, min(r.at) AS first_at, max(r.at) AS last_at
ORDER BY events DESC, kind
LIMIT 100
