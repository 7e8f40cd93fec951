"""The classifier: right numbers against plain torch, and whole, isolated, ordered answers."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForTokenClassification, AutoTokenizer

from framelens.model import (
    ENGINES,
    Artefact,
    Document,
    EngineError,
    FramingClassifier,
    InputError,
    Scheme,
    SentenceResult,
    split_sentences,
)
from framelens.model.artefact import Manifest
from framelens.model.calibration import softmax
from framelens.model.engines.base import Ids, Logits
from framelens.model.windows import pack_windows

ARTICLE = [
    "Velmora council votes to reopen the harbour",
    "The council of Velmora voted on Tuesday to reopen the harbour after nine weeks.",
    "“They shut us out of our own sea,” said Ilan Dor, who mends nets by the old pier.",
    "Mayor Reta Holm called the vote a triumph that no blockade would ever undo.",
    "Two ships left before noon.",
    "The insurers have not said whether they will cover the crossing.",
    "Our grandfathers built these docks with bare hands, and nobody will take them from us!",
    "The court hears the case on Jan. 3.",
    "According to the port office, 40 of 112 berths are usable.",
    "Families of the drowned sailors stood in the rain and asked who would answer for it.",
]
LONG_ARTICLE = ARTICLE * 3
LONG_SENTENCE = (
    "the crew, the guards, the nets and the naïve harbour master; " * 18 + "and then they all left."
)

TEXTS = [
    "\n".join(ARTICLE),
    "We won.",
    "\n".join(LONG_ARTICLE),
    "He said that it was over. Nobody had told her.",
    "It rained. " * 60,
    f"They met. {LONG_SENTENCE} It ended.",
    "Prices rose 3.5 percent in March, the bank said. Analysts had expected less.",
]


class TableEngine:
    """Gives every token id its own logits whatever stands around it."""

    name = "table"
    precision = "f32"
    streams = 2

    def __init__(self, leaves: int) -> None:
        self.table = np.random.default_rng(7).normal(scale=3, size=(40_000, leaves))

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Look every id up."""
        return np.asarray(self.table[ids])


class BrokenEngine(TableEngine):
    """Gives no finite number for any window that holds the token of “war”."""

    def __init__(self, leaves: int, token: int) -> None:
        super().__init__(leaves)
        self.table[token] = np.inf


@pytest.fixture(scope="module")
def table() -> FramingClassifier:
    """The shipped tokenizer, scheme and windows over a network that is a table."""
    artefact = Artefact.load("framing")
    warm = replace(artefact, manifest=replace(artefact.manifest, temperature=1.7))
    return FramingClassifier(warm, TableEngine(len(artefact.scheme.leaves)))


def test_separators_are_no_part_of_any_sentence(table: FramingClassifier):
    manifest = replace(table.artefact.manifest, separators=not table.artefact.manifest.separators)
    other = FramingClassifier(replace(table.artefact, manifest=manifest), table.engine)
    assert other.classify(TEXTS, evidence=True) == table.classify(TEXTS, evidence=True)


class Reference:
    """The same sentences through stock transformers, one window at a time."""

    def __init__(self, artefact: Artefact) -> None:
        folder = artefact.folder
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32)
        self.model.eval()

    def ids(self, sentence: str) -> list[int]:
        """The ids of a sentence's tokens, without special ones."""
        encoding = self.tokenizer(sentence, add_special_tokens=False, truncation=False)
        return list(encoding["input_ids"])

    def logits(self, sentences: list[list[int]]) -> list[Logits]:
        """Logits of the tokens of each sentence of a window, given their ids."""
        window = [self.tokenizer.cls_token_id]
        places = []
        for ids in sentences:
            places.append(slice(len(window), len(window) + len(ids)))
            window += [*ids, self.tokenizer.sep_token_id]
        with torch.no_grad():
            logits = self.model(input_ids=torch.tensor([window])).logits[0].numpy()
        return [logits[place] for place in places]


@pytest.fixture(scope="module")
def reference(classifier: FramingClassifier) -> Reference:
    return Reference(classifier.artefact)


def capacity_of(classifier: FramingClassifier) -> int:
    """Tokens of a window beside the two special ones."""
    return classifier.artefact.manifest.window - 2


def assert_same(left: list[SentenceResult], right: list[SentenceResult], atol: float) -> None:
    """The same sentences with the same answers; their places may differ."""
    for one, other in zip(left, right, strict=True):
        assert (one.text, one.tokens, one.tokens_scored) == (
            other.text, other.tokens, other.tokens_scored,
        )  # fmt: skip
        assert list(one.scores) == list(other.scores)
        np.testing.assert_allclose(
            list(one.scores.values()), list(other.scores.values()), atol=atol
        )


# --- numbers -----------------------------------------------------------------------------


def test_sentence_logits_are_the_means_of_plain_torch(
    classifier: FramingClassifier, reference: Reference
):
    ids = [reference.ids(sentence) for sentence in ARTICLE]
    # Every sentence is followed by a separator, the last one by that of the window.
    ends = np.cumsum([len(tokens) + 1 for tokens in ids])
    count = int((ends <= capacity_of(classifier) + 1).sum())
    assert count > 1
    expected = [logits.mean(axis=0) for logits in reference.logits(ids[:count])]
    (found,) = classifier.sentence_logits([ARTICLE[:count]])
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_document_of_many_windows_is_that_of_plain_torch(
    classifier: FramingClassifier, reference: Reference
):
    capacity = capacity_of(classifier)
    tokens = sum(len(reference.ids(sentence)) for sentence in ARTICLE)
    sentences = ARTICLE * math.ceil(2.5 * capacity / tokens)
    ids = [reference.ids(sentence) for sentence in sentences]
    overlap = classifier.artefact.manifest.overlap
    windows = pack_windows([len(tokens) for tokens in ids], capacity, overlap, gap=1)
    assert len(windows) > 2
    expected: list[Logits] = []
    for window in windows:
        outputs = reference.logits([ids[part.sentence] for part in window.parts])
        for part, logits in zip(window.parts, outputs, strict=True):
            if part.scored:
                expected.append(logits.mean(axis=0))
    (found,) = classifier.sentence_logits([sentences])
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("last", ["left.", "left early."])
def test_a_sentence_longer_than_a_window_is_the_mean_over_all_its_tokens(
    classifier: FramingClassifier, reference: Reference, last: str
):
    capacity = capacity_of(classifier)
    sentence = "the crew and the naïve harbour master, " * (capacity // 4) + last
    ids = reference.ids(sentence)
    count = math.ceil(len(ids) / capacity)
    assert count > 1
    cuts = [len(ids) * piece // count for piece in range(count + 1)]
    pieces = [reference.logits([ids[cuts[i] : cuts[i + 1]]])[0] for i in range(count)]
    weighted = sum(piece.mean(axis=0) * len(piece) for piece in pieces) / len(ids)
    found = classifier.sentence_logits([["They met.", sentence, "It ended."]])[0][1]
    np.testing.assert_allclose(found, weighted, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "openvino"])
def test_engines_agree(classifier: FramingClassifier, name: str):
    documents = [[text[begin:end] for begin, end in split_sentences(text)] for text in TEXTS]
    other = FramingClassifier.load(engine=name, precision="f32")
    for one, two in zip(
        classifier.sentence_logits(documents), other.sentence_logits(documents), strict=True
    ):
        np.testing.assert_allclose(one, two, atol=1e-4)


def test_documents_together_are_as_each_alone(classifier: FramingClassifier):
    together = classifier.classify(TEXTS)
    for text, result in zip(TEXTS, together, strict=True):
        assert_same(list(result.sentences), list(classifier.classify(text).sentences), atol=1e-5)


def test_the_order_of_documents_does_not_matter(classifier: FramingClassifier):
    forwards = classifier.classify(TEXTS)
    backwards = classifier.classify(TEXTS[::-1])[::-1]
    for one, other in zip(forwards, backwards, strict=True):
        assert_same(list(one.sentences), list(other.sentences), atol=1e-5)


def test_the_same_call_gives_the_same_numbers(classifier: FramingClassifier):
    assert classifier.classify(TEXTS, evidence=True) == classifier.classify(TEXTS, evidence=True)


def test_sentences_are_read_in_the_context_of_their_neighbours(classifier: FramingClassifier):
    alone = classifier.sentence_logits([[ARTICLE[4]]])[0][0]
    inside = classifier.sentence_logits([ARTICLE])[0][4]
    assert abs(alone - inside).max() > 1e-2


# --- sentences and text ------------------------------------------------------------------


def test_sentences_and_text_answer_alike(classifier: FramingClassifier):
    by_text, by_sentences = classifier.classify(
        [Document(text="\n".join(LONG_ARTICLE)), Document(sentences=LONG_ARTICLE)], evidence=True
    )
    assert_same(list(by_text.sentences), list(by_sentences.sentences), atol=1e-5)
    for one, other in zip(by_text.sentences, by_sentences.sentences, strict=True):
        assert (one.begin, one.end, one.label) == (other.begin, other.end, other.label)


def test_the_split_of_a_caller_is_kept(table: FramingClassifier):
    sentences = ["We won. They lost.", "line\nbreak", "  spaced ", "no stop", "no stop"]
    (result,) = table.classify([Document(sentences=sentences)], evidence=True)
    text = "\n".join(sentences)
    assert [sentence.text for sentence in result.sentences] == sentences
    for sentence in result.sentences:
        assert text[sentence.begin : sentence.end] == sentence.text
        assert_words_stand_in(text, sentence)


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.sampled_from(TEXTS[:2]), max_size=4))
def test_every_sentence_with_a_token_is_answered_where_it_stands(
    table: FramingClassifier, texts: list[str]
):
    text = "\n".join(texts)
    (result,) = table.classify([text], evidence=True)
    if result.error:
        assert result.error == "has no character that the model reads"
        return
    spans = [(sentence.begin, sentence.end) for sentence in result.sentences]
    assert set(spans) <= set(split_sentences(text))
    assert spans == sorted(spans)
    for sentence in result.sentences:
        assert sentence.text == text[sentence.begin : sentence.end]
        assert sentence.tokens_scored == sentence.tokens > 0
        assert_words_stand_in(text, sentence)


# --- the fields of an answer -------------------------------------------------------------


def assert_words_stand_in(text: str, sentence: SentenceResult) -> None:
    assert sentence.evidence is not None
    words = sentence.evidence.words
    assert all(text[word.begin : word.end] == word.text for word in words)
    expected = [match.span() for match in re.finditer(r"\S+", sentence.text)]
    assert [(w.begin - sentence.begin, w.end - sentence.begin) for w in words] == expected


def test_scores_sum_to_one_and_the_label_is_the_likeliest(classifier: FramingClassifier):
    names = classifier.artefact.scheme.label_names
    for result in classifier.classify(TEXTS):
        for sentence in result.sentences:
            assert tuple(sentence.scores) == names
            assert sum(sentence.scores.values()) == pytest.approx(1, abs=1e-12)
            assert sentence.confidence == sentence.scores[sentence.label]
            assert sentence.confidence == max(sentence.scores.values())


def test_scores_are_the_folded_softmax_at_the_temperature(table: FramingClassifier):
    scheme = table.artefact.scheme
    (result,) = table.classify([Document(sentences=ARTICLE)])
    (logits,) = table.sentence_logits([ARTICLE])
    for sentence, row in zip(result.sentences, logits, strict=True):
        expected = scheme.fold(softmax(row, 1.7))
        np.testing.assert_allclose(list(sentence.scores.values()), expected, atol=1e-9)


def test_the_frame_is_the_likeliest_leaf_of_a_label_that_has_several(table: FramingClassifier):
    scheme = table.artefact.scheme
    words = sorted({word for sentence in ARTICLE for word in re.findall("[a-z]+", sentence)})
    (result,) = table.classify([Document(sentences=words)])
    (logits,) = table.sentence_logits([words])
    with_frame = 0
    for sentence, row in zip(result.sentences, logits, strict=True):
        probabilities = softmax(row, 1.7)
        inside = [index for index, leaf in enumerate(scheme.leaves) if leaf.label == sentence.label]
        if len(inside) == 1:
            assert sentence.frame is None
            continue
        with_frame += 1
        best = max(inside, key=lambda index: probabilities[index])
        assert sentence.frame is not None
        assert sentence.frame.label == scheme.leaves[best].frame
        share = probabilities[best] / sentence.confidence
        assert sentence.frame.confidence == pytest.approx(share, abs=1e-9)
    assert 0 < with_frame < len(words)


@pytest.mark.parametrize("fixture", ["classifier", "table"])
def test_evidence_adds_up_to_the_log_odds_of_the_label(
    fixture: str, request: pytest.FixtureRequest
):
    scored: FramingClassifier = request.getfixturevalue(fixture)
    for text, result in zip(TEXTS, scored.classify(TEXTS, evidence=True), strict=True):
        for sentence in result.sentences:
            assert sentence.evidence is not None
            total = math.fsum(word.contribution for word in sentence.evidence.words)
            others = math.fsum(sentence.scores.values()) - sentence.confidence
            log_odds = math.log(sentence.confidence / others)
            assert total + sentence.evidence.bias == pytest.approx(log_odds, abs=1e-6)
            assert_words_stand_in(text, sentence)


def test_evidence_is_given_only_when_asked_for(table: FramingClassifier):
    (without,) = table.classify(["We won. They left."])
    (with_evidence,) = table.classify(["We won. They left."], evidence=True)
    assert all(sentence.evidence is None for sentence in without.sentences)
    stripped = [replace(sentence, evidence=None) for sentence in with_evidence.sentences]
    assert stripped == list(without.sentences)


def with_threshold(classifier: FramingClassifier, threshold: float | None) -> FramingClassifier:
    artefact = classifier.artefact
    manifest = replace(artefact.manifest, review_below=threshold)
    return FramingClassifier(replace(artefact, manifest=manifest), classifier.engine)


def test_sentences_below_the_threshold_are_marked(table: FramingClassifier):
    confidences = [item.confidence for item in table.classify(TEXTS[0]).sentences]
    threshold = sorted(confidences)[len(confidences) // 2]
    expected = [confidence < threshold for confidence in confidences]
    assert 0 < sum(expected) < len(expected)
    for result in (
        with_threshold(table, threshold).classify(TEXTS[0]),
        with_threshold(table, None).classify(TEXTS[0], review_below=threshold),
        with_threshold(table, 0.999).classify([TEXTS[0]], review_below=threshold)[0],
    ):
        assert [item.review for item in result.sentences] == expected


def test_without_a_threshold_or_at_zero_no_sentence_is_marked(table: FramingClassifier):
    for result in (
        with_threshold(table, None).classify(TEXTS[0]),
        with_threshold(table, 1.0).classify(TEXTS[0], review_below=0),
    ):
        assert not any(item.review for item in result.sentences)


@pytest.mark.parametrize("threshold", [-0.1, 1.01, math.nan, math.inf])
def test_a_threshold_out_of_range_is_refused(table: FramingClassifier, threshold: float):
    with pytest.raises(InputError, match=r"^review_below: .* is not between 0 and 1$"):
        table.classify(TEXTS, review_below=threshold)


def test_no_token_is_dropped_silently(table: FramingClassifier, reference: Reference):
    long = ["word " * 2_000, "x" * 10_000, "!" * 10_000, "“…”" * 3_334, LONG_SENTENCE * 10]
    for result in table.classify([*TEXTS, *long]):
        for sentence in result.sentences:
            assert sentence.tokens_scored == sentence.tokens == len(reference.ids(sentence.text))


@settings(max_examples=50)
@given(
    st.lists(
        st.lists(st.integers(1, 300).map(lambda count: "won " * count), min_size=1, max_size=12),
        max_size=4,
    )
)
def test_sentences_of_any_length_are_the_means_of_their_tokens(
    table: FramingClassifier, documents: list[list[str]]
):
    engine = table.engine
    assert isinstance(engine, TableEngine)
    expected = engine.table[table.tokenizer(["won"])[0][0]]
    results = table.classify([Document(sentences=sentences) for sentences in documents])
    for sentences, result in zip(documents, results, strict=True):
        counts = [len(sentence) // 4 for sentence in sentences]
        assert [sentence.tokens for sentence in result.sentences] == counts
        assert [sentence.tokens_scored for sentence in result.sentences] == counts
    for logits in table.sentence_logits(documents):
        np.testing.assert_allclose(logits, np.tile(expected, (len(logits), 1)), atol=1e-9)


# --- what cannot be scored ---------------------------------------------------------------


UNSCORABLE = [
    (Document(text=""), "has no character that the model reads"),
    (Document(text=" \n\u2028\t"), "has no character that the model reads"),
    (Document(text="\x00\x01\u200b\n\ufffd"), "has no character that the model reads"),
    (Document(text="They\ud800 won."), "character 4 is half of a surrogate pair"),
    (Document(), "give either 'text' or 'sentences'"),
    (Document(text="We won.", sentences=["We won."]), "give either 'text' or 'sentences'"),
    (Document(sentences=[]), "has no character that the model reads"),
    (Document(sentences=["We won.", ""]), "sentences[1]: has no character that the model reads"),
    (
        Document(sentences=["\x00", "We won."]),
        "sentences[0]: has no character that the model reads",
    ),
    (Document(sentences=[" ", " "]), "sentences[0]: has no character that the model reads"),
    (
        Document(sentences=["We won.", "They\udfff left."]),
        "sentences[1]: character 4 is half of a surrogate pair",
    ),
]


@pytest.mark.parametrize(("document", "message"), UNSCORABLE)
def test_a_document_that_cannot_be_scored_has_its_own_error(
    table: FramingClassifier, document: Document, message: str
):
    named = replace(document, id="bad")
    first, bad, last = table.classify([Document("We won.", id="1"), named, "They left."])
    assert (bad.id, bad.error, bad.sentences) == ("bad", message, ())
    assert (first.id, first.error, last.id, last.error) == ("1", None, None, None)
    assert first.sentences == table.classify("We won.").sentences
    assert last.sentences == table.classify("They left.").sentences


def test_many_bad_documents_leave_the_others_in_their_places(table: FramingClassifier):
    documents = [
        Document("", id="bad") if number % 3 else Document(f"Day {number} passed.", id=str(number))
        for number in range(30)
    ]
    for document, result in zip(documents, table.classify(documents), strict=True):
        assert result.id == document.id
        assert bool(result.error) == (document.id == "bad")
        assert [sentence.text for sentence in result.sentences] == [document.text] * (
            document.id != "bad"
        )


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "\ud800"])
def test_a_single_text_that_cannot_be_scored_is_an_error(table: FramingClassifier, text: str):
    with pytest.raises(InputError):
        table.classify(text)


def test_sentence_logits_refuse_a_sentence_that_cannot_be_read(table: FramingClassifier):
    with pytest.raises(InputError, match=r"^sentences\[1\]: has no character"):
        table.sentence_logits([["We won.", "\u200b"]])


def test_no_documents_are_no_results(classifier: FramingClassifier):
    assert classifier.classify([]) == []
    assert classifier.sentence_logits([]) == []
    assert [result.error is None for result in classifier.classify([Document("")])] == [False]


def test_a_sentence_without_tokens_is_left_out_of_a_text(table: FramingClassifier):
    result = table.classify("We won.\n\u200b\nThey left.")
    assert [(sentence.begin, sentence.text) for sentence in result.sentences] == [
        (0, "We won."),
        (10, "They left."),
    ]


def test_a_score_that_is_not_finite_is_the_error_of_its_document(table: FramingClassifier):
    token = int(table.tokenizer(["war"])[0][0])
    engine = BrokenEngine(len(table.artefact.scheme.leaves), token)
    broken = FramingClassifier(table.artefact, engine)
    good, bad = broken.classify(["They left.", "It was war."])
    assert good == table.classify("They left.")
    assert (bad.error, bad.sentences) == ("the engine gave no finite score", ())
    with pytest.raises(EngineError, match="no finite score"):
        broken.classify("It was war.")


def test_a_sentence_of_white_space_is_refused_by_any_tokenizer(
    table: FramingClassifier, byte_tokenizer: Path
):
    artefact = replace(table.artefact, folder=byte_tokenizer.parent)
    by_bytes = FramingClassifier(artefact, table.engine)
    assert by_bytes.readable(["We won.", " \t", ""]) == [True, False, False]
    (bad, good) = by_bytes.classify(
        [Document(sentences=["We won.", " \t"]), "  They  left — naïve. "], evidence=True
    )
    assert bad.error == "sentences[1]: has no character that the model reads"
    (sentence,) = good.sentences
    assert (sentence.text, sentence.tokens) == ("They  left — naïve.", 22)
    assert_words_stand_in("  They  left — naïve. ", sentence)


def test_a_scheme_of_any_labels_is_answered_in_its_own_names(table: FramingClassifier):
    scheme = Scheme.from_dict(
        {
            "name": "weather",
            "labels": {"wet": None, "dry": None},
            "leaves": {"rain": {"label": "wet"}, "snow": {"label": "wet"}, "sun": {"label": "dry"}},
        }
    )
    manifest: Manifest = replace(table.artefact.manifest, name="weather")
    artefact = replace(table.artefact, manifest=manifest, scheme=scheme)
    (result,) = FramingClassifier(artefact, TableEngine(3)).classify([Document(sentences=ARTICLE)])
    for sentence in result.sentences:
        assert set(sentence.scores) == {"wet", "dry"}
        if sentence.label == "wet":
            assert sentence.frame is not None
            assert sentence.frame.label in ("rain", "snow")
        else:
            assert sentence.frame is None
