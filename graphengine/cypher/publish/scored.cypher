// Scores of one run, beside those of other runs. An account that has several is looked up once.
UNWIND range(0, size($account) - 1) AS i
WITH $account[i] AS account, collect(i) AS places
MATCH (a:Account {key: account})
UNWIND places AS i
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SCORED {run: $run, topic: $topic[i], rank: $rank[i], score: $score[i], pct: $pct[i],
                     endorsers: $endorsers[i], raw: $raw[i], pagerank: $pagerank[i],
                     credit: $credit[i], method_version: $method_version,
                     anchors_version: $anchors_version}]->(t)
RETURN count(*) AS rows
