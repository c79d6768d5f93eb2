// Whether the server reads what we write: the first line of one file.
LOAD CSV FROM $url AS line
RETURN line[0] AS said
