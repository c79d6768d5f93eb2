// All topics; there are few.
MATCH (t:Topic)
RETURN t.key AS key
ORDER BY key
