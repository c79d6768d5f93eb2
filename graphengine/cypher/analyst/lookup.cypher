// question: Who has a handle, or a key, that begins like this?
// parameter text (text): a handle, a key, or how one of them begins
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, network, followers
// cost: two index ranges; a scan of the accounts on the embedded store
// hits: <= 100 + 4 per account that begins so
MATCH (a:Account)
WHERE a.handle_lc STARTS WITH toLower($text) OR a.key STARTS WITH $text
RETURN a.key AS account, a.handle AS handle, a.name AS name, a.network AS network,
       a.followers AS followers
ORDER BY CASE WHEN a.key = $text OR a.handle_lc = toLower($text) THEN 0 ELSE 1 END, account
LIMIT $n
