"""A report as one HTML file that needs no other."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from xml.etree.ElementTree import Element

from framelens.serve.bulk.report import sections
from framelens.serve.bulk.report.element import element, to_html
from framelens.serve.bulk.report.findings import Findings
from framelens.serve.bulk.report.origin import Origin
from framelens.serve.bulk.report.words import percent

__all__ = ["report_page"]

TITLE = "Framing report"

# Colours and type are those of the service's pages.
STYLES = (
    ("framelens.serve", "page/paper.css"),
    ("framelens.serve", "page/marks.css"),
    ("framelens.serve.bulk.report", "report.css"),
)


def report_page(
    findings: Findings, origins: Sequence[Origin], groups: Sequence[Sequence[str]] | None = None
) -> bytes:
    """The report on scored files.

    Args:
        findings: what they say.
        origins: the files that it is of.
        groups: ids of documents that are nearly the same; None where nobody looked for them.
    """
    pair = element("div", sections.confidence(findings), sections.languages(findings))
    pair.set("class", "pair")
    main = element(
        "main",
        _glance(findings),
        sections.labels(findings),
        sections.over_time(findings),
        sections.sources(findings),
        pair,
        sections.unsure(findings),
        None if groups is None else sections.near_duplicates(findings, groups),
        sections.origins(origins),
    )
    names = [origin.name for origin in origins]
    body = element("body", _header(findings, names), main)
    return to_html(element("html", _head(names), body, lang="en"))


def _head(names: Sequence[str]) -> Element:
    styles = (files(package).joinpath(path).read_text("utf-8") for package, path in STYLES)
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{TITLE}: {', '.join(names)}"),
        element("style", "\n".join(styles)),
    )


def _header(findings: Findings, names: Sequence[str]) -> Element:
    days = findings.time
    span = [f"{day.day} {day:%b} {day.year}" for day in (days[0], days[-1])] if days else []
    folio = element(
        "p",
        element("span", " – ".join(dict.fromkeys(span))),
        element("span", "how every sentence frames what it says", class_="motto"),
        element("span", element("bdi", ", ".join(names)), id="edition"),
        class_="folio",
    )
    return element("header", element("h1", TITLE), folio)


def _glance(findings: Findings) -> Element:
    """The few numbers that stand above everything."""
    review = percent(findings.marked, findings.sentences)
    figures = {
        "documents": f"{findings.documents:,}",
        "sentences": f"{findings.sentences:,}",
        "for review": review,
    }
    if findings.columns.source is not None:
        figures["sources"] = f"{len(findings.sources):,}"
    pairs = (
        element("div", element("dt", name), element("dd", number))
        for name, number in figures.items()
    )
    return element("dl", *pairs, class_="glance")
