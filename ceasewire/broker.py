"""The broker as both sides see it: its address, and whether it answers."""

from collections.abc import Sequence

import redis

from ceasewire.errors import BrokerUnavailable

PATIENCE_SECONDS = 2.0


def redis_py_url(url: str) -> str:
    """kombu writes a socket as redis+socket://, redis-py as unix://."""
    return url.replace("redis+socket://", "unix://", 1)


def ping_broker(url: str) -> str | None:
    """None if it answers within two seconds, else why not."""
    try:
        with _client(url) as client:
            client.ping()
    except redis.RedisError as error:
        return str(error) or type(error).__name__
    return None


def count_messages(url: str, queues: Sequence[str]) -> dict[str, int]:
    """How many messages wait in each queue, none of them taken by a worker yet. Raises BrokerUnavailable."""
    try:
        with _client(url) as client:
            return {queue: int(client.llen(queue)) for queue in queues}
    except redis.RedisError as error:
        raise BrokerUnavailable(str(error) or type(error).__name__, about="the broker") from error


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        redis_py_url(url), socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
