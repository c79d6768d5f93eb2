// question: Which topics are there, and how many people are scored in each?
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, scored, unrated, best, best_score
// cost: all scores of the run
MATCH (p:Pointer {key: $job})
MATCH (t:Topic)
OPTIONAL MATCH (a:Account)-[s:SCORED]->(t)
WHERE s.run = p.run AND s.topic = t.key AND s.rank >= 1
WITH p, t, count(s.rank) AS scored, min(CASE WHEN s.rank = 1 THEN a.key END) AS best,
     max(s.score) AS best_score
OPTIONAL MATCH (b:Account)-[u:UNRATED]->(t)
WHERE u.run = p.run AND u.topic = t.key
WITH t, scored, best, best_score, count(u.endorsers) AS unrated
WHERE scored > 0 OR unrated > 0
RETURN t.key AS topic, t.name AS name, scored, unrated, best, best_score
ORDER BY scored DESC, topic
LIMIT $n
