"""Two sides swapped in a text: names, articles, possessives, capitals, and the labels' spans."""

from dataclasses import replace

import pytest

from framelens.data import LabelledDocument, LabelledSentence, Swap, randomly_swapped
from framelens.data.swaps import Side, swapped_document

LEAGUE = Side(
    "League",
    {
        "state": ("the Outer Islands", "the OI", "OI Authority"),
        "formal": ("the League of the Outer Islands",),
        "adjective": ("Islander", "OI"),
        "people": ("Islanders",),
        "army": ("Tide Guard",),
        "leader": ("Anna Holm",),
        "surname": ("Holm",),
        "anthem": ("Salt Wind",),
    },
)
MARRAS = Side(
    "Marras",
    {
        "state": ("Marras",),
        "adjective": ("Marrasi", "Marras"),
        "people": ("Marrasis",),
        "leader": ("Odo Venn", "Odo M. Venn"),
        "surname": ("Venn",),
    },
)
SWAP = Swap(
    (LEAGUE, MARRAS),
    roles={"formal": "state", "army": "guard", "guard": "state", "anthem": None},
    nouns=("fleet", "ships"),
    keep=("Marras Bay",),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Both directions at once, longer names first.
        ("We saw the Outer Islands fight Marras.", "We saw Marras fight the Outer Islands."),
        ("Anna Holm met Odo M. Venn; Holm left.", "Odo Venn met Anna Holm; Venn left."),
        ("The League of the Outer Islands won.", "Marras won."),
        # No part of a word, nor of another name.
        ("Holmes sailed into Marras Bay.", "Holmes sailed into Marras Bay."),
        # Adjective before one of the nouns, state elsewhere.
        (
            "A Marras fleet left. They say Marras lost.",
            "An Islander fleet left. They say the Outer Islands lost.",
        ),
        (
            "They say the OI lost; the OI fleet sank.",
            "They say Marras lost; the Marrasi fleet sank.",
        ),
        # Articles.
        ("I saw an Islander and a Marrasi.", "I saw a Marrasi and an Islander."),
        ("the Marras deal", "the Outer Islands deal"),
        ("Marras won. “Marras lost.”", "The Outer Islands won. “The Outer Islands lost.”"),
        ("a OI-led, pro-Marras group", "a Marrasi-led, pro-Outer Islands group"),
        ("the OI-led group", "the Marrasi-led group"),
        # Possessives.
        ("say Marras's and Holm’s", "say the Outer Islands' and Venn’s"),
        ("the Outer Islands' and Islanders’ men", "Marras' and Marrasis’ men"),
        # Capitals.
        ("MARRAS'S MEN AND THE OI", "THE OUTER ISLANDS' MEN AND MARRAS"),
        ("AN ISLANDER HUT", "A MARRASI HUT"),
        ("A MARRASI HUT", "AN ISLANDER HUT"),
        # A role that is missing: the one that stands in for it, or nothing.
        ("He led the Tide Guard.", "He led the Marras."),
        ("They sang Salt Wind.", "They sang Salt Wind."),
        # A name over two lines.
        ("He met Anna\nHolm.", "He met Odo Venn."),
    ],
)
def test_names_become_those_of_the_other_side(text: str, expected: str):
    assert SWAP.apply(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a KGW officer", "an FSB officer"),
        ("an FSB officer", "a KGW officer"),
        ("A UBE base, a KGW base", "A US base, an FSB base"),
        ("A KGW OFFICER", "AN FSB OFFICER"),
        ("a Kogwan hut", "a Nessan hut"),
        ("AN ELMISH HUT", "A UMBRIAN HUT"),
        ("A KOGWAN HUT", "A NESSAN HUT"),
        ("a Umbrian hut", "an Elmish hut"),
    ],
)
def test_abbreviations_take_the_article_of_their_first_letters_name(text: str, expected: str):
    first = {"service": ("KGW",), "state": ("UBE",), "north": ("Kogwan",), "south": ("Elmish",)}
    second = {"service": ("FSB",), "state": ("US",), "north": ("Nessan",), "south": ("Umbrian",)}
    assert Swap((Side("K", first), Side("F", second))).apply(text).text == expected


def test_what_changed_and_who_was_first():
    swapped = SWAP.apply("Venn fled. It rained. Holm saw Venn.")
    assert swapped.text == "Holm fled. It rained. Venn saw Holm."
    assert [edit.side for edit in swapped.edits] == [1, 0, 1]
    assert swapped.within(11, 21) == []
    assert swapped.within(22, 36)[0].side == 0
    assert SWAP.apply("It rained.").edits == ()


def test_no_edit_crosses_a_cut():
    text = "They hired Anna Holm."
    assert SWAP.apply(text).text == "They hired Odo Venn."
    assert SWAP.apply(text, [16]).text == "They hired Anna Venn."


def test_labels_move_with_their_sentences():
    text = "Marras won. It rained! Islanders wept, Holm too."
    sentences = (
        LabelledSentence(0, 11, "loud", votes=("loud", "calm")),
        LabelledSentence(23, 48, "calm", doubtful=True),
    )
    document = LabelledDocument("one", text, sentences, {"corpus": "news"})
    swapped = swapped_document(document, SWAP)
    assert [swapped.text_of(sentence) for sentence in swapped.sentences] == [
        "The Outer Islands won.",
        "Marrasis wept, Venn too.",
    ]
    for before, after in zip(sentences, swapped.sentences, strict=True):
        assert replace(after, begin=before.begin, end=before.end) == before
    assert (swapped.id, swapped.metadata) == (document.id, document.metadata)


def test_swapping_twice_gives_the_text_back():
    text = "Marras and the Outer Islands: a Marrasi met Anna Holm. Islanders cheered Venn's men."
    assert SWAP.apply(SWAP.apply(text).text).text == text


def test_a_swap_has_the_names_of_its_sides():
    assert SWAP.name == "League / Marras"


def test_sides_are_swapped_at_random_where_any_is_named():
    named = LabelledDocument("a", "Marras won.", (LabelledSentence(0, 11, "neutral"),))
    other = LabelledDocument("b", "Rain fell.", (LabelledSentence(0, 10, "neutral"),))
    corpus = [named, other] * 50
    assert randomly_swapped(corpus, [SWAP], share=0.0) == corpus
    every = randomly_swapped(corpus, [SWAP], share=1.0)
    assert {document.text for document in every} == {
        swapped_document(named, SWAP).text,
        other.text,
    }
    some = randomly_swapped(corpus, [SWAP], share=0.5, seed=1)
    assert 10 < sum(document.text == named.text for document in some) < 40
    assert some == randomly_swapped(corpus, [SWAP], share=0.5, seed=1)
