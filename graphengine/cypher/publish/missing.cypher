// Which of these accounts and topics are not there.
UNWIND $accounts + $topics AS key
OPTIONAL MATCH (a:Account {key: key})
OPTIONAL MATCH (t:Topic {key: key})
WITH key, a, t
WHERE a IS NULL AND t IS NULL
RETURN key
ORDER BY key
LIMIT 3
