"""Two sides of a text swapped: every name of one becomes the other's name in the same role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from framelens.data.documents import Corpus, LabelledDocument

__all__ = [
    "ADJECTIVE",
    "Edit",
    "Side",
    "Swap",
    "SwappedText",
    "random_swaps",
]

ADJECTIVE = "adjective"
"""The role whose forms may stand in another role of the side too."""

_THE = "the "
_ARTICLE = r"(?i:an?|the)\s+"
_POSSESSIVE = r"(?:['’][sS]|(?<=[sS])['’](?=\s+\w))?"
_SENTENCE_BEGIN = re.compile(r"(?:\A|[.!?\n])[\s\"'“‘(\[]*\Z")
_JOINTS = ("-", "–", "#", "@")
# By sound: u is not among them, for “a Ukrainian”; an abbreviation is spelt out, as in “an FSB
# officer” and “a US base”.
_AN_BEFORE = tuple("aeioAEIO")
_AN_BEFORE_ABBREVIATION = tuple("AEFHILMNORSX")


@dataclass(frozen=True, slots=True)
class Side:
    """The forms of a side by role; the first of each role is written, the others only read."""

    name: str
    forms: Mapping[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """Code points ``begin:end`` of a text, what stands there now, and which side it named."""

    begin: int
    end: int
    text: str
    side: int


@dataclass(frozen=True, slots=True)
class SwappedText:
    """A text after a swap, and the edits that made it, as places in the text before it."""

    text: str
    edits: tuple[Edit, ...]

    def within(self, begin: int, end: int) -> list[Edit]:
        """The edits in a span of the text before the swap; the first has the side named first."""
        return [edit for edit in self.edits if begin <= edit.begin and edit.end <= end]

    def text_of(self, begin: int, end: int) -> str:
        """What a span of the text before the swap reads now; no edit may cross its ends."""
        return self.text[self.moved(begin) : self.moved(end)]

    def moved(self, offset: int) -> int:
        """Where a place of the text before the swap is now; it must not be inside an edit."""
        return offset + sum(
            len(edit.text) - (edit.end - edit.begin) for edit in self.edits if edit.end <= offset
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """A name that is looked for, and what it becomes; None where it is left alone."""

    text: str
    target: str | None = None
    side: int = 0
    shared: bool = False
    """Whether the name, without “the”, is an adjective before certain nouns."""


@dataclass(frozen=True)
class Swap:
    """Two sides that take each other's place.

    ``roles`` has the role that stands in for one which the other side lacks; without any,
    the form is left alone. A form that is an adjective in another of its roles is one before
    ``nouns``. ``keep`` are longer names that contain a form but mean something else, ``words``
    are forms that are left alone in a line of capitals, where they may be words (“TRUST US”).
    """

    sides: tuple[Side, Side]
    roles: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    nouns: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Both sides, as a report names the swap."""
        return " / ".join(side.name for side in self.sides)

    def apply(self, text: str, cuts: Iterable[int] = ()) -> SwappedText:
        """Swap all forms in one pass, so that no swap undoes another.

        Capitals, possessives and articles go along.

        Args:
            text: the text, best a whole document.
            cuts: offsets that no edit crosses, such as those of its sentences.
        """
        places = sorted({0, *cuts, len(text)})
        found = (
            match
            for begin, end in pairwise(places)
            for match in self._pattern.finditer(text, begin, end)
        )
        edits = tuple(edit for match in found if (edit := self._edit(match)))
        return SwappedText(_rewrite(text, edits), edits)

    @cached_property
    def _forms(self) -> list[_Form]:
        """Every name to look for, longer ones first."""
        forms = [_Form(text) for text in self.keep]
        for position, side in enumerate(self.sides):
            adjectives = side.forms.get(ADJECTIVE, ())
            for role, texts in side.forms.items():
                target = self._target(role, self.sides[1 - position])
                for text in texts:
                    shared = role != ADJECTIVE and text.removeprefix(_THE) in adjectives
                    forms.append(_Form(text, target, position, shared))
        return sorted(forms, key=lambda form: (-len(form.text), not form.shared))

    def _target(self, role: str | None, other: Side) -> str | None:
        while role is not None and role not in other.forms:
            role = self.roles.get(role)
        return None if role is None else other.forms[role][0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """One group for each form, in their order; around it article and possessive."""
        nouns = "|".join(map(re.escape, self.nouns)) or "(?!)"
        no_noun = rf"(?!\s+(?i:{nouns})(?!\w))"
        with_the: list[str] = []
        others: list[str] = []
        for number, form in enumerate(self._forms):
            group = f"(?P<f{number}>{_spellings(form.text)}){no_noun if form.shared else ''}"
            (with_the if form.text.startswith(_THE) else others).append(group)
        # A name that brings its article goes before one that finds an article in the text; in a
        # compound (“the US-led”) the article is that of another word.
        own_article = rf"(?:{'|'.join(with_the) or '(?!)'})(?![-–])"
        name = rf"(?:{own_article}|(?:{_ARTICLE})?(?:{'|'.join(others)}))"
        return re.compile(rf"(?<!\w){name}{_POSSESSIVE}(?!\w)")

    def _edit(self, match: re.Match[str]) -> Edit | None:
        group = str(match.lastgroup)
        form = self._forms[int(group[1:])]
        if form.target is None or (form.text in self.words and _line(match).isupper()):
            return None
        text = _replacement(match, group, form.text, form.target)
        return Edit(match.start(), match.end(), text, form.side)


def random_swaps(
    corpus: Corpus, swaps: Sequence[Swap], share: float, seed: int = 0
) -> list[Swap | None]:
    """For each document a swap to learn it with too, so that labels go with neither side.

    Args:
        corpus: the documents; those whose labelled sentences name no side get None.
        swaps: pairs of sides; one that changes a labelled sentence is drawn for each document.
        share: the probability that a document gets one at all.
        seed: another seed draws other documents and swaps.
    """
    generator = np.random.default_rng(seed)
    return [
        _random_swap(document, swaps, generator) if generator.random() < share else None
        for document in corpus
    ]


def _random_swap(
    document: LabelledDocument, swaps: Sequence[Swap], generator: np.random.Generator
) -> Swap | None:
    labelled = "\n".join(document.text_of(sentence) for sentence in document.sentences)
    fitting = [swap for swap in swaps if swap.apply(labelled).edits]
    return fitting[generator.integers(len(fitting))] if fitting else None


def _rewrite(text: str, edits: Iterable[Edit]) -> str:
    parts = []
    position = 0
    for edit in edits:
        parts += [text[position : edit.begin], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def _spellings(text: str) -> str:
    """A pattern for a form, also in capitals, at the start of a sentence or over two lines."""
    spellings = {text: None, _capitalised(text): None, text.upper(): None}
    patterns = (
        r"\s+".join(map(re.escape, spelling.split())).replace("'", "['’]") for spelling in spellings
    )
    return "|".join(patterns)


def _replacement(match: re.Match[str], group: str, form: str, target: str) -> str:
    """What comes for a name, its article and its possessive."""
    text, (begin, end) = match.string, match.span(group)
    article, name, possessive = text[match.start() : begin], match[group], text[end : match.end()]
    joined = text[:begin].endswith(_JOINTS) or text.startswith(_JOINTS, match.end())
    if article or joined:
        target = target.removeprefix(_THE)
    elif (name.startswith("T") and form.startswith(_THE)) or _begins_sentence(text, begin):
        target = _capitalised(target)
    shouted = _is_shouted(match, group, form)
    if article[:1] in ("a", "A"):
        article = _indefinite(article, target, shouted)
    if shouted:
        target = target.upper()
    if possessive:
        possessive = possessive[0] + ("" if target[-1] in "sS" else "S" if shouted else "s")
    return article + target + possessive


def _is_shouted(match: re.Match[str], group: str, form: str) -> bool:
    """Whether a name is in capitals where it need not be; of an abbreviation its line tells."""
    if not match[group].isupper():
        return False
    return not form.isupper() or _line(match).isupper()


def _line(match: re.Match[str]) -> str:
    """The line in which a match begins."""
    begin = match.string.rfind("\n", 0, match.start()) + 1
    return match.string[begin:].split("\n", 1)[0]


def _begins_sentence(text: str, position: int) -> bool:
    return _SENTENCE_BEGIN.search(text[max(0, position - 8) : position]) is not None


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _indefinite(article: str, following: str, shouted: bool) -> str:
    """The article ``a`` or ``an`` that fits, in the case and with the space of the old one."""
    space = article[len(article.rstrip()) :]
    n = "N" if shouted else "n"
    first = following.split()[0]
    an_before = _AN_BEFORE_ABBREVIATION if len(first) > 1 and first.isupper() else _AN_BEFORE
    return article[0] + (n if first.startswith(an_before) else "") + space
