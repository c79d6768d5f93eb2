// graphengine: a hundred events in which others amplified a person
MATCH (a:Account {key: $account})<-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]-(b:Account)
WHERE b.key <> a.key
RETURN a, r, b
LIMIT 100
