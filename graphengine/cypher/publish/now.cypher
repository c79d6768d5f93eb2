// The database's own time in epoch seconds.
RETURN timestamp() / 1000.0 AS now
