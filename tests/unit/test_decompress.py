"""Decompression: right, and never more than asked for."""

import gzip
import os
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.feedserver import MIB, compressed, gzip_bomb
from worker.adapters.decompress import STEP_BYTES, BodyDamaged, BodyTooLarge, decompress

TEXT = "Լեռնային Ղարաբաղ\n".encode() * 10_000
HOW = {"gzip": "gzip", "deflate": "deflate", "raw-deflate": "deflate", "br": "br"}


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("size", [1, 7, 1000, 10**7])
def test_however_it_is_cut(how: str, size: int) -> None:
    assert decompress(in_pieces(compressed(TEXT, how), size), HOW[how], 10**6) == TEXT


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("length", [0, 1, STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, 3 * STEP_BYTES])
def test_at_the_edges_of_a_step(how: str, length: int) -> None:
    for body in (bytes(length), os.urandom(length)):
        assert decompress([compressed(body, how)], HOW[how], length) == body


@pytest.mark.parametrize("header", ["", "identity", "utf-8", "none", "UTF-8, identity"])
def test_no_compression(header: str) -> None:
    assert decompress([b"<rss", b"/>"], header, 100) == b"<rss/>"


@pytest.mark.parametrize("header", ["gzip", "x-gzip", "GZIP", " gzip ", "deflate", "identity, gzip"])
def test_the_bytes_tell_the_format(header: str) -> None:
    """Servers mix the names up: gzip is sent as deflate."""
    assert decompress([gzip.compress(TEXT)], header, 10**6) == TEXT


def test_two_layers() -> None:
    assert decompress([gzip.compress(compressed(TEXT, "deflate"))], "deflate, gzip", 10**6) == TEXT
    assert decompress([gzip.compress(compressed(TEXT, "br"))], "br, gzip", 10**6) == TEXT
    assert decompress([compressed(gzip.compress(TEXT), "br")], "gzip, br", 10**6) == TEXT


def test_members_one_after_the_other() -> None:
    assert decompress(in_pieces(gzip.compress(b"one ") + gzip.compress(b"two"), 5), "gzip", 100) == b"one two"


def test_padding_after_the_end_is_ignored() -> None:
    assert decompress([compressed(b"text", "gzip"), b"\0\0\0", b"\n"], "gzip", 100) == b"text"
    assert decompress([compressed(b"text", "deflate") + b"\x1f rest"], "deflate", 100) == b"text"
    assert decompress([compressed(b"text", "br"), b"\0\0\0"], "br", 100) == b"text"


@pytest.mark.parametrize(
    ("body", "header", "message"),
    [
        (b"plain text", "gzip", "does not decompress"),
        (gzip.compress(TEXT)[:-1], "gzip", "breaks off"),
        (gzip.compress(TEXT)[:9], "gzip", "breaks off"),
        (gzip.compress(TEXT)[:-8] + bytes(8), "gzip", "does not decompress"),  # wrong checksum
        (gzip.compress(b"") * 1001, "gzip", "over 1000 compressed parts"),
        (compressed(TEXT, "br")[:-1], "br", "breaks off"),
        (b"<rss/>", "br", "does not decompress"),
        (b"x", "zstd", "compressed with zstd, which was not asked for"),
        (b"x", "gzip, gzip, gzip", "3 times over"),
    ],
)
def test_damage_is_said(body: bytes, header: str, message: str) -> None:
    with pytest.raises(BodyDamaged, match=message):
        decompress([body], header, 10**6)


@pytest.mark.parametrize("how", HOW)
def test_the_cap_is_exact(how: str) -> None:
    packed = compressed(bytes(200_000), how)
    assert len(decompress([packed], HOW[how], 200_000)) == 200_000
    with pytest.raises(BodyTooLarge):
        decompress([packed], HOW[how], 199_999)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_stays_within_the_cap(layers: int) -> None:
    bomb = b"".join(gzip_bomb(1024))
    for _ in range(layers - 1):
        bomb = gzip.compress(bomb)
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        decompress(in_pieces(bomb, STEP_BYTES), ", ".join(["gzip"] * layers), 4 * MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MIB


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "gzip, deflate"]))
def test_noise_is_an_answer_or_damage(noise: bytes, header: str) -> None:
    try:
        body = decompress([noise], header, 1000)
    except (BodyDamaged, BodyTooLarge):
        return
    assert len(body) <= 1000
