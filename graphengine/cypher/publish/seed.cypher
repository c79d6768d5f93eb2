// Seeds of one run: in each topic a set of people who together reach the most. An account that is
// in several is looked up once; what is null is left out.
UNWIND range(0, size($account) - 1) AS i
WITH $account[i] AS account, collect(i) AS places
MATCH (a:Account {key: account})
UNWIND places AS i
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SEED {run: $run, topic: $topic[i], place: $place[i], gain: $gain[i], k: $k[i],
                   share: $share[i], stop: $stop[i], spread: $spread[i], low: $low[i],
                   high: $high[i]}]->(t)
RETURN count(*) AS rows
