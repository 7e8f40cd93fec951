"""What is found in labelled data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framelens.data.intake import Findings, Intake, find_out

Write = Callable[..., Path]
Look = Callable[..., Findings]

HEAD = "text,label\n"


@pytest.fixture
def look(take: Callable[..., Intake], write: Write) -> Look:
    def find(rows: str, head: str = HEAD, **given: object) -> Findings:
        return find_out(take(write("a.csv", head + rows), **given))

    return find


def test_counts_and_lengths(look: Look, tmp_path: Path):
    findings = look("It rains.,wet\nIt rains all day long.,wet\nThe sun shines. It is hot.,dry\n")
    assert findings.summary.leaves == {"wet": 2, "dry": 1}
    assert findings.fewest == ("dry", 1)
    assert (findings.lengths.median, findings.lengths.longest) == (5, 6)
    assert findings.lengths.longest_place.line == 4
    assert findings.several == 1


def test_sentences_that_stand_twice(look: Look):
    findings = look(
        "It rained on all of us.,wet\nit rained  on all of us.,wet\nIt rained on all of us.,dry\n"
        "Too short.,wet\nToo short.,dry\n"
    )
    (repeated,), (contradicted,) = findings.repeated, findings.contradicted
    assert [place.line for place in repeated.places] == [2, 3]
    assert [place.line for place in contradicted.places] == [2, 4]
    assert contradicted.labels == ("wet", "dry")
    assert findings.leaks == ()


def test_sentences_in_two_parts(look: Look):
    findings = look(
        "It rained on all of us.,wet,train\nIt rained on all of us.,wet,test\n"
        "It rained on all of us.,wet,train\nThe sun shone on all of us.,dry,train\n",
        "text,label,split\n",
    )
    assert [[place.line for place in each.places] for each in findings.leaks] == [[2, 3]]
    assert findings.parts == {"train": 3, "test": 1}


def test_languages(look: Look):
    findings = look(
        "The council has decided to open the bridge again next week.,a\n"
        "The mayor said that nobody had asked for another bridge.,b\n"
        "Der Rat der Stadt hat beschlossen, die Brücke wieder zu öffnen.,a\n".replace(
            ", die", " die"
        )
        + "Oh!,b\n"
    )
    assert findings.languages == {"en": 2, "de": 1, "": 1}
    assert [place.line for place in findings.foreign] == [4]


def test_labels_that_may_be_the_same(look: Look):
    rows = "".join(
        f"It rains on day {n}.,{'complaint' if n % 2 else 'Thanks'}\n" for n in range(80)
    )
    findings = look(f"{rows}It pours.,complant\nIt snows.,thanks\nIt hails.,thank\n")
    assert set(findings.spellings) >= {("complant", "complaint"), ("thanks", "Thanks")}
    assert ("complaint", "Thanks") not in findings.spellings


@pytest.mark.parametrize("pair", [("pro", "con"), ("1", "2"), ("frame1", "frame2")])
def test_labels_that_only_look_alike(look: Look, pair: tuple[str, str]):
    rows = "".join(f"It rains on day {n}.,{pair[n == 7]}\n" for n in range(80))
    assert look(rows).spellings == ()


def test_annotators_who_differ(look: Look):
    findings = look(
        "1,It rains.,wet,ann\n1,It rains.,dry,bob\n2,It pours.,wet,ann\n2,It pours.,wet,bob\n",
        "id,text,label,annotator\n",
    )
    assert (findings.summary.voted, findings.divided) == (2, 1)
