"""Texts scored once: the same results, whatever comes between."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framelens.model import (
    Document,
    DocumentResult,
    Evidence,
    Frame,
    FramelensError,
    FramingClassifier,
    SentenceResult,
    Word,
)
from framelens.serve.bulk.duplicates import KnownTexts, encode_results, once
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.bulk.tally import Tally

AHEAD = 3


def result(text: str, chunk: int) -> DocumentResult:
    """A result that tells in which chunk it was made."""
    if not text.isprintable() or not text:
        return DocumentResult(None, error="has no character that the model reads")
    words = (Word(0, 1, text[0], 0.1),)
    sentence = SentenceResult(
        begin=0,
        end=len(text),
        text=text,
        label="sunny",
        confidence=0.1 + 0.2,
        review=chunk % 2 == 0,
        scores={"sunny": chunk / 3, "rainy": 1e-17},
        frame=Frame("light", 1 / 3),
        tokens=1,
        tokens_scored=chunk,
        evidence=Evidence(words, -0.5),
    )
    return DocumentResult(None, (sentence,))


class Engine:
    """Scores chunks, and reads some ahead."""

    def __init__(self) -> None:
        self.scored: list[str | None] = []

    def __call__(self, chunks: Iterator[Chunk]) -> Generator[EncodedChunk]:
        """Score them."""
        waiting = list(islice(chunks, AHEAD))
        while waiting:
            waiting.extend(islice(chunks, 1))
            chunk = waiting.pop(0)
            texts = [row.document.text or "" for row in chunk.rows if row.document]
            self.scored += texts
            yield encode_results(chunk, [result(text, chunk.number) for text in texts])


def written(chunk: Chunk, results: Iterable[DocumentResult]) -> EncodedChunk:
    """Results as Python writes them, which has every digit."""
    lines = "".join(f"{each!r}\n" for each in results)
    return EncodedChunk(chunk.number, lines.encode(), b"", Tally(rows=len(chunk.rows)))


def chunks_of(*texts: Sequence[str | None], begin: int = 0) -> list[Chunk]:
    """Chunks of rows with these texts; None is a row that cannot be read."""
    return [
        Chunk(
            number,
            [
                Row("in", place, None, fault="bad")
                if text is None
                else Row("in", place, Document(text, id=f"{number}.{place}"))
                for place, text in enumerate(row)
            ],
        )
        for number, row in enumerate(texts)
    ][begin:]


def run(chunks: list[Chunk], known: KnownTexts, engine: Engine | None = None) -> list[bytes]:
    encode = once(engine or Engine(), written, known)
    return [encoded.output for encoded in encode(iter(chunks))]


TEXTS = [
    ["one", "two", None, "one"],
    ["two", "two"],
    ["three", "", "one"],
    [],
    ["", "four", "five"],
    ["five", "one", "six"],
]


def test_every_row_has_the_result_of_the_first_with_its_text():
    engine = Engine()
    given = run(chunks_of(*TEXTS), KnownTexts(), engine)
    first: dict[str, int] = {}
    for number, texts in enumerate(TEXTS):
        lines = []
        for place, text in enumerate(texts):
            if text is not None:
                made = result(text, first.setdefault(text, number))
                lines.append(
                    f"{DocumentResult(f'{number}.{place}', made.sentences, made.error)!r}\n"
                )
        assert given[number].decode() == "".join(lines)
    assert engine.scored == list(first)


ROWS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=5)


@settings(max_examples=50, deadline=None)
@given(st.lists(ROWS, max_size=8), st.data())
def test_a_run_that_goes_on_gives_the_same(texts: list[list[str | None]], data: st.DataObject):
    whole = run(chunks_of(*texts), KnownTexts())
    done = data.draw(st.integers(0, len(texts)))
    saved = data.draw(st.integers(0, done))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.texts"
        # Killed when so many chunks were scored, of which the checkpoint has fewer.
        begun = once(Engine(), written, KnownTexts(path))(iter(chunks_of(*texts)))
        assert [each.output for each in islice(begun, done)] == whole[:done]
        assert run(chunks_of(*texts, begin=saved), KnownTexts(path)) == whole[saved:]


def test_the_file_goes_on_after_the_process(tmp_path: Path):
    path = tmp_path / "out.texts"
    whole = run(chunks_of(*TEXTS), KnownTexts())
    known = KnownTexts(path)
    begun = once(Engine(), written, known)(iter(chunks_of(*TEXTS)))
    assert [each.output for each in islice(begun, 3)] == whole[:3]
    engine = Engine()
    # The first process is not asked to close anything.
    assert run(chunks_of(*TEXTS, begin=2), KnownTexts(path), engine) == whole[2:]
    assert engine.scored == ["three", "", "four", "five", "six"]


def test_a_file_that_is_missing(tmp_path: Path):
    known = KnownTexts(tmp_path / "out.texts")
    with pytest.raises(FramelensError, match="holds the texts of 0 chunks, but 2 are scored"):
        run(chunks_of(*TEXTS, begin=2), known)


def test_a_file_that_is_none(tmp_path: Path):
    path = tmp_path / "out.texts"
    path.write_text("no database, but long enough to be looked at" * 50, encoding="utf-8")
    with pytest.raises(FramelensError, match="not a database"):
        KnownTexts(path)


def test_sentences_are_not_the_text_that_they_make():
    documents = [
        Document("a\nb"),
        Document(sentences=["a", "b"]),
        Document(sentences=["a\nb"]),
        Document(sentences=["ab"]),
        Document(sentences=["a", "", "b"]),
        Document("\ud800"),
        Document(sentences=["a", "b"], id="other"),
    ]
    rows = [Row("in", place, document) for place, document in enumerate(documents)]
    engine = Engine()
    run([Chunk(0, rows)], KnownTexts(), engine)
    assert len(engine.scored) == len(documents) - 1


def test_the_model_gives_what_it_gives_without():
    classifier = FramingClassifier.load()
    form = OutputForm(evidence=True)
    texts = ["We won the cup. It rained.", "“They broke every rule,” said Mara Tol."]
    chunks = chunks_of(texts, [*texts, texts[0]])
    plain = [
        each.output
        for each in ChunkScorer(classifier, ScoringSettings(form=form)).score_all(chunks)
    ]
    raw = ChunkScorer(classifier, ScoringSettings(form=form, is_raw=True))
    encode = once(raw.score_all, raw.encoder.encode, KnownTexts())
    given = [each.output for each in encode(iter(chunks))]
    assert given[0] == plain[0]
    assert given[1].replace(b'"1.', b'"0.').startswith(plain[0])
