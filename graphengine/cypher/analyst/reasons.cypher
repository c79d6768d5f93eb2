// question: Why is a person where they are in a topic?
// parameter account (account): the key of an account
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 10): at most so many reasons
// columns: place, account, handle, name, part, events, points, score, without
// cost: the stored reasons and the scores of one account
// hits: <= 50 + 20 per topic + 20 per row
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic
MATCH (e:Account)-[r:REASON]->(a)
WHERE r.run = run AND r.topic = $topic AND r.place <= $n
RETURN r.place AS place, e.key AS account, e.handle AS handle, e.name AS name, r.part AS part,
       r.events AS events, r.points AS points, s.score AS score, s.score - r.points AS without
ORDER BY place, account
LIMIT $n
