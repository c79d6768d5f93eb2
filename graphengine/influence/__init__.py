"""The maths of influence: arrays in, certified numbers out. No files, no database, no clock."""
