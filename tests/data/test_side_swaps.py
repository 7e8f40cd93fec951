"""The file of sides: what is read, and the place of what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from framelens.data import DataError, read_swaps

Write = Callable[..., Path]
SOUND = """
roles:
  state:
  formal: state
  adjective:
nouns: [fleet]
keep: [Marras Bay]
sides:
  League: {state: [the OI], adjective: [Islander, OI]}
  Marras: {state: [Marras], adjective: [Marrasi, Marras]}
  No: {state: [No], formal: [the Republic of No]}
pairs:
  - [League, Marras]
  - [Marras, No]
"""


def faults(path: Path) -> list[str]:
    with pytest.raises(DataError) as raised:
        read_swaps(path)
    return [str(problem).replace(f"{path}: ", "") for problem in raised.value.problems]


def test_sides_are_read_by_role_and_swapped_in_pairs(write: Write):
    swaps = read_swaps(write("swaps.yaml", SOUND)).tested
    assert [swap.name for swap in swaps] == ["League / Marras", "Marras / No"]
    assert swaps[0].sides[0].forms == {"state": ("the OI",), "adjective": ("Islander", "OI")}
    assert swaps[0].roles == {"state": None, "formal": "state", "adjective": None}
    assert (swaps[0].nouns, swaps[0].keep) == (("fleet",), ("Marras Bay",))
    assert swaps[0].apply("They say Marras left.").text == "They say the OI left."


def test_pairs_to_train_with_are_others(write: Write):
    more = SOUND + "training_pairs: [[League, No]]\n"
    swaps = read_swaps(write("swaps.yaml", more))
    assert [swap.name for swap in swaps.tested] == ["League / Marras", "Marras / No"]
    assert [swap.name for swap in swaps.trained] == ["League / No"]
    again = write("again.yaml", SOUND + "training_pairs: [[No, Marras]]\n")
    assert faults(again) == ["training_pairs[0]: 'No' and 'Marras' are a pair already"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("nouns:", "noun:", "noun: unknown field; known are 'roles', 'sides', 'pairs', "),
        ("formal: state", "formal: stat", "roles.formal: 'stat' is not a role; use 'state', "),
        ("  state:\n", "  state: formal\n", "roles.state: stands in for itself"),
        ("No], formal:", "No], army:", "sides.No.army: unknown role; use 'state', 'formal' or"),
        ("state: [the OI]", "state: the OI", "sides.League.state: expected a list, found text"),
        ("[the OI]", "[]", "sides.League.state: empty: give at least one form"),
        ("[the OI]", "[the OI, ' ']", "sides.League.state[1]: empty"),
        ("[the Republic", "[No, the Republic", "sides.No.formal: 'No' stands under 'state' too"),
        ("nouns: [fleet]", "nouns: fleet", "nouns: expected a list, found text"),
        ("sides:\n", "sides:\n  X: x\n", "sides.X: expected an object, found text"),
        ("[Marras, No]", "[Marras]", "pairs[1]: expected the names of two sides"),
        ("[Marras, No]", "[Marras, Nobody]", "pairs[1]: 'Nobody' is not a side; use 'League', "),
        ("[Marras, No]", "[No, No]", "pairs[1]: 'No' cannot take its own place"),
        ("[Marras, No]", "[Marras, League]", "pairs[1]: 'Marras' and 'League' are a pair already"),
        ("[Islander, OI]", "[Marrasi]", "pairs[0]: 'Marrasi' names both sides, as 'adjective' and"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(write: Write, old: str, new: str, expected: str):
    assert old in SOUND
    (fault, *_) = faults(write("swaps.yaml", SOUND.replace(old, new)))
    assert fault.startswith(expected)


def test_sides_without_a_common_role_cannot_be_swapped(write: Write):
    content = SOUND.replace("{state: [No], ", "{")
    assert faults(write("swaps.yaml", content)) == [
        "pairs[1]: 'Marras' and 'No' have no role in common"
    ]


def test_files_that_are_no_such_thing(write: Write, tmp_path: Path):
    assert faults(write("list.yaml", "- a")) == ["expected roles, sides and pairs"]
    assert faults(write("bad.yaml", "a: ["))[0].startswith("not a YAML file: ")
    assert faults(tmp_path / "none.yaml") == ["cannot read the file: No such file or directory"]
    assert [fault.split(":")[0] for fault in faults(write("empty.yaml", "pairs: []"))] == [
        "roles",
        "sides",
        "pairs",
    ]
