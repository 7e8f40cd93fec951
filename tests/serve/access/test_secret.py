"""What a key looks like, and what is stored of it."""

from __future__ import annotations

import re

import pytest

from framelens.serve.access.secret import digest, identity, new_key


def test_a_key_has_256_random_bits():
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch("flk_[0-9a-f]{12}_[0-9a-f]{64}", key) for key in keys)


def test_the_digest_tells_neither_key_nor_id():
    key = new_key()
    assert len(digest(key)) == 64
    assert identity(key) not in digest(key)
    assert digest(key) == digest(key) != digest(key[:-1])


@pytest.mark.parametrize("text", ["", "flk", "flk_", "flk_a", "xyz_a_b", "flk_a_b_c", "é" * 9000])
def test_what_is_no_key_has_no_id(text: str):
    assert identity(text) == ""
    assert len(digest(text)) == 64


def test_half_of_a_surrogate_pair_is_no_key():
    assert len(digest("flk_a_\udfff")) == 64
