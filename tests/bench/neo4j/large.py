"""The same with five million synthetic events; each measured once (the loads cold, all else warm), the maps on a part."""
