"""A translation memory that counts how often it knew a sentence."""

from collections.abc import Mapping, Sequence

from worker.ports import TranslationMemory


class CountedMemory:
    """Wraps a TranslationMemory. `asked` and `known` are sentences, each distinct one of a batch once."""

    def __init__(self, memory: TranslationMemory) -> None:
        self._memory = memory
        self.asked = 0
        self.known = 0

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """As the memory's own."""
        found = self._memory.get(keys)
        self.asked += len(keys)
        self.known += len(found)
        return found

    def put(self, pairs: Mapping[str, str]) -> None:
        """As the memory's own."""
        self._memory.put(pairs)

    @property
    def counts(self) -> Mapping[str, int]:
        """For the heartbeat."""
        return {"sentences": self.asked, "sentences_known": self.known}
