"""The page: templates, their helpers, and static files of its own."""
