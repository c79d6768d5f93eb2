// question: What has changed in a topic since the previous run?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, change, rank_before, rank_now, score_before, score_now, low, high
// cost: the scores of the topic in two runs
// hits: <= 100 + 30 per person scored
MATCH (p:Pointer {key: $job})
WITH p.run AS run, p.previous AS previous
MATCH (a:Account)-[s:SCORED]->(t:Topic {key: $topic})
WHERE previous <> '' AND s.topic = $topic AND s.rank >= 1
  AND s.run IN [run, previous]
WITH a, max(CASE WHEN s.run = previous THEN s.rank END) AS rank_before,
     max(CASE WHEN s.run = run THEN s.rank END) AS rank_now,
     max(CASE WHEN s.run = previous THEN s.score END) AS score_before,
     max(CASE WHEN s.run = run THEN s.score END) AS score_now,
     max(CASE WHEN s.run = run THEN s.low END) AS low,
     max(CASE WHEN s.run = run THEN s.high END) AS high
WHERE rank_before IS NULL OR rank_now IS NULL OR rank_now <> rank_before
   OR score_now <> score_before
RETURN a.key AS account, a.handle AS handle, a.name AS name,
       CASE WHEN rank_before IS NULL THEN 'entered' WHEN rank_now IS NULL THEN 'left'
            WHEN rank_now < rank_before THEN 'up' WHEN rank_now > rank_before THEN 'down'
            ELSE 'score' END AS change,
       rank_before, rank_now, score_before, score_now, low, high
ORDER BY abs(coalesce(score_now, 0.0) - coalesce(score_before, 0.0)) DESC, account
LIMIT $n
