// Who could see whom, by pair of accounts; TYPE is FOLLOWED or SAW.
// said_by names the jobs that say so: |job|job|.
UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (b:Account {key: $target[i]})
MERGE (a)-[r:TYPE]->(b)
SET r.at = $at[i],
    r.said_by = CASE WHEN coalesce(r.said_by, '|') CONTAINS $mark THEN r.said_by
                     ELSE coalesce(r.said_by, '|') + substring($mark, 1) END
RETURN count(*) AS rows
