"""Two sides swapped in a text: names, articles, possessives, capitals, and the labels' spans."""

import pytest

from framelens.data import LabelledDocument, LabelledSentence, Swap, random_swaps
from framelens.data.swaps import Side

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


def test_sentences_are_found_in_the_swapped_text():
    text = "Marras won. It rained! Islanders wept, Holm too."
    spans = [(0, 11), (12, 22), (23, 48)]
    swapped = SWAP.apply(text, [offset for span in spans for offset in span])
    assert [swapped.text_of(*span) for span in spans] == [
        "The Outer Islands won.",
        "It rained!",
        "Marrasis wept, Venn too.",
    ]


def test_a_form_that_is_a_word_in_capitals_stays_in_a_line_of_capitals():
    swap = Swap((Side("U", {"state": ("US",)}), Side("V", {"state": ("Venn",)})), words=("US",))
    assert swap.apply("TRUST US\nThe US won.").text == "TRUST US\nThe Venn won."


def test_swapping_twice_gives_the_text_back():
    text = "Marras and the Outer Islands: a Marrasi met Anna Holm. Islanders cheered Venn's men."
    assert SWAP.apply(SWAP.apply(text).text).text == text


def test_a_swap_has_the_names_of_its_sides():
    assert SWAP.name == "League / Marras"


def test_sides_are_swapped_at_random_where_any_is_named():
    named = LabelledDocument("a", "Marras won.", (LabelledSentence(0, 11, "neutral"),))
    other = LabelledDocument("b", "Rain fell.", (LabelledSentence(0, 10, "neutral"),))
    corpus = [named, other] * 50
    assert random_swaps(corpus, [SWAP], share=0.0) == [None] * 100
    assert random_swaps(corpus, [SWAP], share=1.0) == [SWAP, None] * 50
    some = random_swaps(corpus, [SWAP], share=0.5, seed=1)
    assert 10 < sum(swap is SWAP for swap in some) < 40
    assert some == random_swaps(corpus, [SWAP], share=0.5, seed=1)
