"""Decompression in bounded steps: a bomb of a gigabyte ends at the cap, having never held more than a few steps.

Written here because httpx decompresses whole chunks at once: 64 KB of a bomb become 64 MB, and of a double one more.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli

Unpacker = Callable[[Iterable[bytes]], Iterator[bytes]]

STEP_BYTES = 65_536
MAX_LAYERS = 2
MAX_MEMBERS = 1_000  # of one gzip stream; each costs a decompressor
ACCEPTED = "gzip, deflate, br"

_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate", "br"})
_NEVER_ASKED_FOR = frozenset({"zstd", "compress", "x-compress"})
_GZIP_FIRST_BYTE = 0x1F


class BodyTooLarge(Exception):
    """The body is larger than the cap, before or after decompression."""


class BodyDamaged(Exception):
    """The body cannot be decompressed, or breaks off. The message is a sentence."""


def decompress(
    chunks: Iterable[bytes],
    content_encoding: str,
    max_bytes: int,
    gather: Callable[[Iterable[bytes]], bytes] = b"".join,
) -> bytes:
    """The body behind a `Content-Encoding` (RFC 9110 §8.4), at most `max_bytes` long; `gather` puts it together.

    Unknown words in the header ("utf-8" is seen) are no compression and pass.

    Raises:
        BodyTooLarge: as it comes, or at any layer, the body exceeds `max_bytes`.
        BodyDamaged: broken, cut off, or compressed in a way that was not asked for.
    """
    stream: Iterable[bytes] = chunks
    for unpack in _layers(content_encoding):
        # What compresses badly is a little longer compressed; what is much longer is up to no good.
        stream = unpack(_bounded(stream, max_bytes + STEP_BYTES))
    return gather(_bounded(stream, max_bytes))


def _layers(content_encoding: str) -> list[Unpacker]:
    """How to unpack each layer, the outermost first: the header names them in the order they were applied."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    for name in names:
        if name in _NEVER_ASKED_FOR:
            raise BodyDamaged(f"the answer is compressed with {name}, which was not asked for")
    layers: list[Unpacker] = [
        _unbrotli if name == "br" else _inflate for name in reversed(names) if name in _COMPRESSED
    ]
    if len(layers) > MAX_LAYERS:
        raise BodyDamaged(f"the answer is compressed {len(layers)} times over")
    return layers


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise BodyTooLarge
        yield chunk


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflater: _Inflater | None = None
    for chunk in chunks:
        if chunk and inflater is None:
            inflater = _Inflater(chunk[0])
        if inflater is not None:
            yield from inflater.feed(chunk)
    if inflater is not None and not inflater.complete:
        raise BodyDamaged("the compressed answer breaks off")


def _unbrotli(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Brotli (RFC 7932). Its window is at most 16 MiB; what comes after the end is padding."""
    stream, begun = brotli.Decompressor(), False
    for chunk in chunks:
        begun = begun or bool(chunk)
        if chunk and not stream.is_finished():
            yield from _brotli_steps(stream, chunk)
    if begun and not stream.is_finished():
        raise BodyDamaged("the compressed answer breaks off")


def _brotli_steps(stream: brotli.Decompressor, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            step = stream.process(data, output_buffer_limit=STEP_BYTES)
        except brotli.error as error:
            raise BodyDamaged(f"the answer does not decompress: {error}") from error
        yield step
        pending = len(step) >= STEP_BYTES or not stream.can_accept_more_data()  # a full step may hold output back
        if stream.is_finished() or not pending:
            return
        data = b""


class _Inflater:
    """One compressed stream, fed in pieces: gzip of one or more members, zlib, or bare deflate."""

    def __init__(self, first_byte: int) -> None:
        # The format is told by its first byte rather than by the header: servers call all three "deflate".
        # 0x1f opens gzip (RFC 1952); a low half of 8 opens zlib (RFC 1950); what is left is bare (RFC 1951).
        if first_byte == _GZIP_FIRST_BYTE:
            self._window_bits = 16 + zlib.MAX_WBITS
        else:
            self._window_bits = zlib.MAX_WBITS if first_byte & 0x0F == 8 else -zlib.MAX_WBITS
        self._stream = zlib.decompressobj(self._window_bits)
        self._members = 1

    @property
    def complete(self) -> bool:
        """Whether the last member reached its end."""
        return self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Output of one piece, a bounded step at a time."""
        pending = False  # zlib may hold output back when a step is full, with no input left
        while data or pending:
            if self._stream.eof and not self._next_member(data):
                return
            try:
                step = self._stream.decompress(data, STEP_BYTES)
            except zlib.error as error:
                raise BodyDamaged(f"the answer does not decompress: {error}") from error
            data = self._stream.unconsumed_tail or self._stream.unused_data
            pending = len(step) == STEP_BYTES and not self._stream.eof
            yield step

    def _next_member(self, data: bytes) -> bool:
        """Start on the next gzip member (RFC 1952 §2.2); anything else after the end is padding."""
        if self._window_bits < 16 or data[0] != _GZIP_FIRST_BYTE:
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise BodyDamaged(f"the answer has over {MAX_MEMBERS} compressed parts")
        self._stream = zlib.decompressobj(self._window_bits)
        return True
