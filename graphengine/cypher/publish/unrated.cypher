// People of one run with too little evidence for a score.
UNWIND range(0, size($account) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:UNRATED {run: $run, topic: $topic[i], endorsers: $endorsers[i]}]->(t)
RETURN count(*) AS rows
