"""What a card says of the kind of scheme and of labels that a model has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framelens.model import Scheme

__all__ = ["meaning", "votes_clause"]

_ONE = {
    "gives": "It gives every sentence one of these labels:",
    "confidence": """\
The confidence is the probability of the label. Calibration divides the network's logits by a
temperature, so that of the sentences with a confidence of 0.8 about 80% are right. How far
off that is on average:""",
    "network": """\
leaves, which fold into the labels; a label's probability is the sum of its
leaves'""",
}

_SEVERAL = {
    "gives": "It gives every sentence any number of these labels, or none:",
    "confidence": """\
Each label has a probability of its own, and is given from one half on. The confidence of an answer
is the probability of its least certain yes or no. Calibration divides the network's logits by a
temperature, so that of the sentences with a probability of 0.8 for a label about 80% have it. How
far off that is on average, over all labels:""",
    "network": "a yes or no for each label",
}


def meaning(scheme: Scheme) -> dict[str, str]:
    """What the model gives a sentence, what its confidence is of, and what its network predicts."""
    return _SEVERAL if scheme.multi_label else _ONE


def votes_clause(provenance: Mapping[str, Any]) -> str:
    """How many sentences were learnt by the votes of several annotators, where any were."""
    if not provenance["settings"].get("soft_labels"):
        return ""
    return f" ({provenance['train']['voted']:,} of them by the shares of several annotators' votes)"
