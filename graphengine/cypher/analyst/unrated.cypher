// question: Who was endorsed in a topic, but with too little evidence for a score?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, endorsers
// cost: the unrated people of the topic, one range of the index (run, topic)
// hits: <= 100 + 8 per person unrated
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:UNRATED]->(t)
WHERE s.run = run AND s.topic = $topic AND t.key = $topic
RETURN a.key AS account, a.handle AS handle, a.name AS name, s.endorsers AS endorsers
ORDER BY endorsers DESC, account
LIMIT $n
