"""The Celery workers and the command line: everything that polls, fetches, translates and delivers."""
