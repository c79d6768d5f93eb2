// People of one run with too little evidence for a score. An account is looked up once.
UNWIND range(0, size($account) - 1) AS i
WITH $account[i] AS account, collect(i) AS places
MATCH (a:Account {key: account})
UNWIND places AS i
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:UNRATED {run: $run, topic: $topic[i], endorsers: $endorsers[i]}]->(t)
RETURN count(*) AS rows
