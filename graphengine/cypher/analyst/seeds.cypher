// question: Whom to ask in a topic, so that together they reach the most people?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 50): at most so many of them, in the order in which they were chosen
// columns: place, account, handle, name, gain, together, spread, low, high, share, k, ended
// cost: the set that was stored with the run, each of it added up with those before
// hits: <= 50 + 25 per row + 6 per pair of rows
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SEED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.place <= $n AND t.key = $topic
MATCH ()-[o:SEED]->()
WHERE o.run = run AND o.topic = $topic AND o.place <= s.place
WITH a, s, coalesce(sum(o.gain), 0.0) AS together
RETURN s.place AS place, a.key AS account, a.handle AS handle, a.name AS name, s.gain AS gain,
       together, s.spread AS spread, s.low AS low, s.high AS high,
       s.share AS share, s.k AS k, s.stop AS ended
ORDER BY place, account
LIMIT $n
