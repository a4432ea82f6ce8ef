"""The order of I/O of each task: poll, read, enrich, translate, deliver, sweep."""
