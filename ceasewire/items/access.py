"""What a caller of the API may do."""

from enum import StrEnum


class Scope(StrEnum):
    """Each includes the one before: read news; keep subscriptions and read alerts; change sources, models and keys."""

    READ = "read"
    SUBSCRIBE = "subscribe"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """May a caller of this scope do what needs the other?"""
        return list(Scope).index(self) >= list(Scope).index(other)
