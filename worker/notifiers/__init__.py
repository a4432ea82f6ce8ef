"""A registry and one file per alert channel."""
