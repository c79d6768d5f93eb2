// Which of these topics a run scores, and its last rank there.
UNWIND $topics AS topic
MATCH ()-[s:SCORED]->()
WHERE s.run = $run AND s.topic = topic AND s.rank >= 1
RETURN topic, max(s.rank) AS last
ORDER BY topic
