"""The page of a report: its counts, its markup, and that it stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from framelens.model import InputError
from framelens.serve.bulk.report import findings as findings_module
from framelens.serve.bulk.report.findings import Findings, ReportColumns
from framelens.serve.bulk.report.origin import Origin, read_origin
from framelens.serve.bulk.report.page import report_page
from framelens.serve.bulk.report.scored import ScoredDocument, ScoredSentence

LABELS = ("sunny", "rainy")


def document(
    labels: Sequence[str], confidence: float = 0.9, text: str = "Text.", **columns: object
) -> ScoredDocument:
    sentences = [
        ScoredSentence(text, label, confidence, confidence < 0.7, None, LABELS) for label in labels
    ]
    return ScoredDocument("id", "en", sentences, columns)


def find(*documents: ScoredDocument, **columns: str) -> Findings:
    return Findings.of(documents, ReportColumns(**columns))


def page(findings: Findings) -> str:
    return report_page(findings, [Origin("scored.jsonl")]).decode()


class Outline(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Make sure that it is the one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what can be read."""
        if self.open and self.open[-1] != "style":
            self.text += f"{data} "


MONTH = (
    document(["sunny", "rainy"], date="2026-11-01", source="Post"),
    document(["sunny"], 0.65, "Not sure.", date="2026-11-03", source="Wire"),
    document(["rainy"], 0.55, "Quite unsure.", date="?", source=None),
)


def test_counts():
    findings = find(*MONTH)
    assert findings.documents == 3
    assert findings.sentences == 4
    assert findings.names == ["sunny", "rainy"]
    assert findings.labels == {"sunny": 2, "rainy": 2}
    assert findings.review.total() == 2
    assert findings.undated == 1
    assert findings.days[date(2026, 11, 3)] == {"sunny": 1}
    assert findings.sources == {
        "Post": {"sunny": 1, "rainy": 1},
        "Wire": {"sunny": 1},
        "not given": {"rainy": 1},
    }
    assert findings.confidence["rainy"][11] == findings.confidence["rainy"][18] == 1
    assert [each.sentence.text for each in findings.unsure] == ["Quite unsure.", "Not sure."]


def test_columns_that_are_named_win():
    findings = find(document(["sunny"], day="2026-11-01", date="2020-01-01", who="Me"), date="day")
    assert findings.columns == ReportColumns("day", None)
    assert [*findings.days] == [date(2026, 11, 1)]


def test_a_column_that_is_not_there():
    with pytest.raises(
        InputError, match=r"--source-column: no column 'who', only 'date', 'source'"
    ):
        find(*MONTH, source="who")


def test_no_document():
    with pytest.raises(InputError, match="no scored document"):
        find()


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(findings_module, "MOST_SOURCES", 3)
    many = (document(["sunny"], 0.5, f"{n}", source=f"s{n}") for n in range(100))
    findings = Findings.of(many, ReportColumns())
    assert findings.sources["all others"] == {"sunny": 97}
    assert len(findings.sources) == 4
    assert [each.sentence.text for each in findings.unsure] == [str(n) for n in range(20)]


def test_the_page_stands_alone_and_says_what_its_plots_show():
    content = page(find(*MONTH))
    outline = Outline(content)
    assert outline.open == []
    assert not re.search(r"https?:|url\(|@import|<script|<link", content)
    plots = [attributes for tag, attributes in outline.tags if tag == "svg"]
    assert plots
    for plot in plots:
        assert plot.get("aria-hidden") == "true" or plot["aria-label"]
    headings = {attributes.get("id") for tag, attributes in outline.tags if tag == "h2"}
    sections = {
        attributes["aria-labelledby"] for tag, attributes in outline.tags if tag == "section"
    }
    assert headings == sections
    assert headings == {
        "labels", "over-time", "by-source", "confidence", "languages", "what-needs-review", "files"
    }  # fmt: skip
    assert "1 Nov 2026: sunny 1, rainy 1" in outline.text
    assert "1\u00a0document without a date that can be read" in outline.text


def test_what_is_not_there_has_no_section():
    headings = re.findall(r"<h2[^>]*>([^<]*)", page(find(document(["sunny"]))))
    assert headings == ["Labels", "Confidence", "Languages", "What needs review", "Files"]


def test_texts_are_only_text():
    evil = "<script>alert(1)</script></style>&\ud800"
    findings = find(document(["sunny"], 0.5, evil, source=evil, date="2026-11-01"))
    content = report_page(findings, [Origin(evil)]).decode()
    assert "<script" not in content
    assert Outline(content).text.count("<script>alert(1)</script></style>&?") >= 4


def test_documents_without_sentences():
    assert Outline(page(find(document([], source="Post", date="2026-11-01")))).open == []


def test_the_files_say_what_they_were_made_by(tmp_path: Path):
    path = tmp_path / "scored.jsonl"
    assert read_origin(path) == Origin("scored.jsonl")
    manifest = tmp_path / "scored.jsonl.manifest.json"
    job = {"model": {"name": "framing", "version": "1.2.0"}}
    manifest.write_text(json.dumps({"job": job, "counts": {"rows": 1200, "failed": 3}}), "utf-8")
    origin = read_origin(path)
    assert origin == Origin("scored.jsonl", "framing 1.2.0", 1200, 3)
    text = Outline(report_page(find(*MONTH), [origin]).decode()).text
    assert "scored.jsonl framing 1.2.0 1,200 3" in text
    manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="not a manifest of framelens score"):
        read_origin(path)


def test_more_labels_than_hues():
    names = [f"label{number}" for number in range(9)]
    sentences = [ScoredSentence("Text.", name, 0.9, False, None, tuple(names)) for name in names]
    outline = Outline(page(find(ScoredDocument("id", "en", sentences, {}))))
    positions = {attributes.get("data-position") for _, attributes in outline.tags}
    assert positions == {None, *"012345"}


def test_near_duplicates_are_listed():
    groups = [[f"copy{number}" for number in range(9)]]
    text = Outline(report_page(find(*MONTH), [], groups).decode()).text
    assert "copy4, copy5 and 3 more 9" in text
    nothing = Outline(report_page(find(*MONTH), [], []).decode()).text
    assert "0\u00a0documents of 3 (0%) nearly repeat another one, in 0\u00a0groups." in nothing


def test_what_was_long_ago_is_told_of():
    month = [document(["sunny"] * 20, date=f"2026-11-{day:02}") for day in range(1, 29)]
    text = Outline(page(find(*month, document(["rainy"], date="1970-01-01")))).text
    assert "By day, from the column 'date'. 1\u00a0sentence from long before" in text
    assert "1 Nov 2026 – 28 Nov 2026" in text
