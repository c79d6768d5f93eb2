// Topics by key.
UNWIND range(0, size($key) - 1) AS i
MERGE (t:Topic {key: $key[i]})
SET t.slug = $slug[i], t.name = $name[i], t.scheme = $scheme[i]
RETURN count(*) AS rows
