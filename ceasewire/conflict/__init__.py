"""The topic model of a conflict: load and validate a file, match its terms, score an item, explain the result."""
