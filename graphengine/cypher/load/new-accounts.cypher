// Accounts of a first load. The constraint on the key refuses those that another job has loaded;
// what is null is left out.
UNWIND range(0, size($key) - 1) AS i
CREATE (a:Account {key: $key[i], network: $network[i], uid: $uid[i], handle: $handle[i],
                   handle_lc: $handle_lc[i], name: $name[i], followers: $followers[i],
                   created_at: $created_at[i]})
RETURN count(*) AS rows
