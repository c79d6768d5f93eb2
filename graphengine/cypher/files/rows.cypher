// The head of a statement that takes its rows from a file of the server's import directory. VALUES
// stands for the columns, each in its type; what is done with a row is the stream road's own text.
LOAD CSV WITH HEADERS FROM $url AS line
WITH {VALUES} AS row
