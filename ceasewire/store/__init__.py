"""The only SQL: tables, session, queries by aggregate, search, migrations."""
