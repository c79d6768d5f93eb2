// question: Which topics are there, and how many people are scored in each?
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, scored, unrated, best, best_score
// cost: the published run's ranges of the indexes of scores and of unrated people
// hits: <= 200 + 2 per score of the run
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (t:Topic)
WHERE t.key STARTS WITH $scheme
OPTIONAL MATCH (a)-[s:SCORED]->(u)
WHERE s.run = run AND s.topic = t.key AND s.rank >= 1
WITH run, t, count(s.rank) AS scored, min(CASE WHEN s.rank = 1 THEN a.key END) AS best,
     max(CASE WHEN s.rank = 1 THEN s.score END) AS best_score
OPTIONAL MATCH (b)-[w:UNRATED]->(v)
WHERE w.run = run AND w.topic = t.key
WITH t, scored, best, best_score, count(w.topic) AS unrated
WHERE scored > 0 OR unrated > 0
RETURN t.key AS topic, t.name AS name, scored, unrated, best, best_score
ORDER BY scored DESC, topic
LIMIT $n
