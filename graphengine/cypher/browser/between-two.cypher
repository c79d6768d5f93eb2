// graphengine: what two people did to each other
MATCH (a:Account {key: $account})-[r:RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED]-(b:Account {key: $other})
RETURN a, r, b
LIMIT 100
