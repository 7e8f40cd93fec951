"""The shipped weights in the form that other servers take: a classifier of one sentence a sequence.

Such a server cannot pack sentences into windows, so it reads each by itself; for a single
sentence it gives the answer that framelens gives.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import openvino
import torch
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

from benchmarks.peers.sentence_model import SentenceForSequenceClassification
from framelens.model import Artefact

__all__ = ["export_sentence_classifier", "sentence_model"]

CODE = Path(__file__).parent / "peers" / "sentence_model.py"
LONGEST = 512


def export_sentence_classifier(artefact: Artefact, folder: Path) -> None:
    """Write the model for transformers, and as ``openvino_model.xml`` for OpenVINO.

    Weights are stored in single precision; a server converts them to what it computes in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = sentence_model(artefact)
    model.save_pretrained(folder)
    shutil.copy(CODE, folder)
    AutoTokenizer.from_pretrained(artefact.folder, model_max_length=LONGEST).save_pretrained(folder)
    ids = torch.ones((2, 8), dtype=torch.int64)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with warnings.catch_warnings():
        # Tracing warns of every constant.
        warnings.simplefilter("ignore")
        converted = openvino.convert_model(model, example_input=example)
    openvino.save_model(converted, folder / "openvino_model.xml", compress_to_fp16=False)


def sentence_model(artefact: Artefact) -> SentenceForSequenceClassification:
    """The classifier with an artefact's weights, in single precision."""
    names = dict(enumerate(artefact.scheme.label_names))
    config = AutoConfig.from_pretrained(
        artefact.folder,
        id2label=names,
        label2id={name: index for index, name in names.items()},
        dtype=torch.float32,
    )
    config.calibration_temperature = artefact.manifest.temperature
    config.folding = artefact.scheme.folding.tolist()
    config.architectures = [SentenceForSequenceClassification.__name__]
    code = f"{CODE.stem}.{SentenceForSequenceClassification.__name__}"
    config.auto_map = {"AutoModelForSequenceClassification": code}
    weights = AutoModelForTokenClassification.from_pretrained(
        artefact.folder, dtype=torch.float32
    ).state_dict()
    model = SentenceForSequenceClassification(config)
    model.load_state_dict(weights)
    model.train(False)
    return model
