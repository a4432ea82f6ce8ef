"""The broker as both sides see it: its address, and whether it answers."""

import redis

PATIENCE_SECONDS = 2.0


def redis_py_url(url: str) -> str:
    """kombu writes a socket as redis+socket://, redis-py as unix://."""
    return url.replace("redis+socket://", "unix://", 1)


def ping_broker(url: str) -> str | None:
    """None if it answers within two seconds, else why not."""
    try:
        client = redis.Redis.from_url(
            redis_py_url(url), socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
        with client:
            client.ping()
    except redis.RedisError as error:
        return str(error) or type(error).__name__
    return None
