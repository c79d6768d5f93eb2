// graphengine: a hundred people who can see a person, and what they did
MATCH (a:Account {key: $account})<-[f:FOLLOWED|SAW]-(b:Account)
WITH a, f, b LIMIT 100
OPTIONAL MATCH (b)-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]->(a)
RETURN a, f, b, r
