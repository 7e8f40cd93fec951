"""What a person sees of a run before it trains: the split, the labels, and how they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from framelens.data import Corpus, summarise
from framelens.model import Artefact, Scheme
from framelens.training.settings import Context, TrainSettings

__all__ = ["base_in_words", "context_in_words", "parts_table", "split_in_words", "weights_in_words"]

_CONTEXTS: Mapping[Context, str] = {
    "auto": "what stands around it in its document",
    "sentence": "nothing else, in training and when the model scores",
    "excerpt": "the labelled sentences around it in training, its document when the model scores",
    "document": "what stands around it in its document",
}


def split_in_words(settings: TrainSettings) -> str:
    """How the parts are kept from each other."""
    key = repr(settings.split_by)
    return {
        "random": f"split: whole documents at random, seed {settings.seed}",
        "grouped": f"split: documents of the same {key} together, at random, seed {settings.seed}",
        "time": f"split: the latest documents by {key} are kept out",
        "fixed": f"split: as the documents' {key} says",
    }[settings.split]


def base_in_words(settings: TrainSettings, artefact: Artefact | None) -> str:
    """What the model starts from."""
    if artefact is None:
        return f"base: {settings.base}"
    return f"base: the encoder of {artefact.manifest.name} {artefact.manifest.version}"


def context_in_words(settings: TrainSettings) -> str:
    """What stands in a window beside a sentence."""
    return f"context: a sentence is read with {_CONTEXTS[settings.context]}"


def weights_in_words(settings: TrainSettings, scheme: Scheme, weights: Sequence[float]) -> str:
    """How much a sentence counts, by its leaf."""
    if settings.class_weighting == "none":
        return "weights: every sentence counts alike"
    pairs = sorted(zip(weights, scheme.leaf_names, strict=True), reverse=True)
    counts = ", ".join(f"{name} {weight:.2f}" for weight, name in pairs)
    return f"weights ({settings.class_weighting}): a sentence counts {counts}"


def parts_table(parts: Mapping[str, Corpus], scheme: Scheme) -> Table:
    """Documents, sentences, and sentences of every leaf in each part."""
    summaries = [summarise(part, scheme) for part in parts.values()]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column()
    for name in parts:
        table.add_column(Text(name), justify="right")
    table.add_row("documents", *(f"{each.documents:,}" for each in summaries))
    table.add_row("sentences", *(f"{each.sentences:,}" for each in summaries))
    for leaf in scheme.leaf_names:
        counts = [f"{each.leaves[leaf]:,}" for each in summaries]
        # Text, since names in square brackets are no markup.
        table.add_row(Text(f"  {leaf}"), *counts)
    return table
