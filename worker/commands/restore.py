"""`ceasewire restore`: see `worker.commands.backup`."""

from worker.commands.backup import restore as command

__all__ = ["command"]
