// Scores of one run, beside those of other runs.
UNWIND range(0, size($account) - 1) AS i
MATCH (a:Account {key: $account[i]})
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SCORED {run: $run, topic: $topic[i], rank: $rank[i], score: $score[i], pct: $pct[i],
                     endorsers: $endorsers[i], raw: $raw[i], pagerank: $pagerank[i],
                     credit: $credit[i], method_version: $method_version,
                     anchors_version: $anchors_version}]->(t)
RETURN count(*) AS rows
