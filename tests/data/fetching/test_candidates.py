"""Texts in files of every kind, tidied as the annotated ones."""

from __future__ import annotations

import json

import pytest

from framelens.data.fetching.candidates import KINDS, candidates


def test_a_file_is_a_text():
    content = "\ufeffTide  turns\u00a0\t \r\n\r\n \r\n\r\nThe ferry\u3000left. \r\n".encode()
    assert [*candidates(content, "file")] == ["Tide turns\n\nThe ferry\u3000left."]


def test_the_cells_of_tables_however_they_are_quoted():
    commas = b'id,text\n1,"The ferry, late, left.\nIt rained."\n2,A cell\n'
    assert {"The ferry, late, left.\nIt rained.", "A cell"} <= {*candidates(commas, "cells")}
    tabs = 'a\t"Gone," he said. - The Selm Post\tx\nb\t“Gone”\ty\n'.encode()
    assert {'"Gone," he said. - The Selm Post', "“Gone”"} <= {*candidates(tabs, "cells")}


def test_the_strings_of_json_and_javascript():
    written = """export const all = [
      { "id": 1, "text": "He said \\"no\\".\\nTwice \\u2014 thrice." },
      { id: 'b', text: `
**Islanders!**

It's "over".
    `, note: 'We\\'re home' }]"""
    assert {*candidates(written.encode(), "strings", [r"\*\*"])} >= {
        'He said "no".\nTwice — thrice.',
        'Islanders!\n\nIt\'s "over".',
        "We're home",
    }


def test_paragraphs_of_sentences():
    document = {"title": "Tide", "body": [["The ferry left.", "It was late."], ["It rained.", ""]]}
    found = [*candidates(json.dumps(document).encode(), "paragraphs")]
    assert found == ["The ferry left. It was late.\nIt rained."]


def test_what_is_removed_may_begin_at_any_line():
    text = "ADA MOLAVE: We won.\n\nADA MOLAVE: We did.\n\nHOST: Who?\n"
    (found,) = candidates(text.encode(), "file", ["^ADA MOLAVE: "])
    assert found == "We won.\n\nWe did.\n\nHOST: Who?"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'{"a": [', b"\"open, \n'and `more"])
def test_no_file_is_too_broken(kind: str, content: bytes):
    assert all(isinstance(text, str) for text in candidates(content, kind))
