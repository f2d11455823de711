"""What pages show: rows read with a constant number of queries, turned into words. Nothing here changes a row."""
