"""The same with five million synthetic events; one repetition of the loads, the maps on a part of them."""
