"""Small data: a head fitted to an encoder's states, cross-validated where nothing is held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import log_loss
from transformers import PreTrainedModel, Trainer, TrainingArguments

from framelens.data import Corpus, LabelledDocument, metadata_value, without_leaks
from framelens.data.leaks import leak_key
from framelens.model import Artefact, FramingClassifier
from framelens.model.artefact import Manifest
from framelens.model.calibration import softmax
from framelens.model.engines.torch import TorchEngine
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.arguments import training_arguments
from framelens.training.calibration import fit_temperature
from framelens.training.contrast import ContrastModel, collate_contrast
from framelens.training.evaluation import Predictions, predict
from framelens.training.examples import make_examples
from framelens.training.folds import Mask, draw_folds
from framelens.training.head import Head, fit_head, remove_head
from framelens.training.run import Run
from framelens.training.settings import SettingsError
from framelens.training.tasks import begin, device_name, with_progress

__all__ = ["Encoder", "Turn", "learn_from_few"]

Floats = npt.NDArray[np.floating[Any]]

FOLDS = {"frozen": 5, "contrastive": 3}
"""Parts that are held out in turn; contrastive fine-tuning is done again for each."""

TOGETHER = 32
"""Windows whose sentences learn from each other in a step of contrastive fine-tuning."""

STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Of which the head gets the one that fits unknown sentences best."""


@dataclass(frozen=True, eq=False)
class Turn:
    """The states of all sentences, which of them a head learns from, and which it answers."""

    states: Predictions
    learnt: Mask
    answered: Mask


def learn_from_few(
    run: Run, folder: Path, manifest: Manifest
) -> tuple[PreTrainedModel, dict[str, Any], Predictions | None]:
    """Fit a head to the encoder, which learns contrastively before or stays as it is.

    Args:
        run: the run.
        folder: where the tokenizer goes.
        manifest: says how windows are made.

    Returns:
        The classifier, how training went, and where nothing is held out, cross-validated
        predictions: each sentence is answered by a classifier that was made in the same way
        without its document.

    Raises:
        SettingsError: there are too few documents or labels for that.
        BaseError: the base has no linear head.
    """
    model, tokenizer = begin(run, folder)
    remove_head(model)
    encoder = Encoder(run, model, tokenizer, Artefact(folder, manifest, run.scheme))
    parts = [] if run.held_out else _parts(run, encoder.states)
    turns = [encoder.turn(part) for part in parts]
    outcome = encoder.learn(run.fitting)
    states = encoder.read()
    held_out = states.documents >= len(run.fitting)
    last = Turn(states, ~held_out, held_out)
    strength, logits = _choose_strength(run, turns or [last])
    _fit(run, last, strength).put_on(model)
    run.console.print(f"head fitted, strength {strength:g} of {', '.join(map(str, STRENGTHS))}")
    outcome |= {"method": run.method, "folds": len(parts), "strength": strength}
    return model, outcome, replace(states, leaf_logits=logits) if parts else None


class Encoder:
    """A run's encoder, which learns the labels of documents and reads all of the run's."""

    def __init__(
        self, run: Run, model: PreTrainedModel, tokenizer: SentenceTokenizer, artefact: Artefact
    ) -> None:
        self._run = run
        self._model = model
        self._tokenizer = tokenizer
        self._artefact = artefact
        # Few sentences hold few of the words, and without them a step takes a third less.
        model.get_input_embeddings().requires_grad_(False)
        self.states = self._read()

    def turn(self, part: Mask) -> Turn:
        """The turn in which a part is held out; the encoder ends as it was."""
        held = set(self.states.documents[part].tolist())
        corpus = self._run.fitting
        rest = [document for place, document in enumerate(corpus) if place not in held]
        module = cast(torch.nn.Module, self._model)
        weights = {name: each.clone() for name, each in module.state_dict().items()}
        self.learn(without_leaks(rest, [corpus[place] for place in sorted(held)])[0])
        states = self.read()
        module.load_state_dict(weights)
        return Turn(states, ~part & ~_leaks(states, part), part)

    def learn(self, corpus: Corpus) -> dict[str, Any]:
        """Learn to tell the labels of documents apart, where that is the method."""
        run, settings = self._run, self._run.settings
        if run.method == "frozen":
            return {"device": device_name(self._model.device), "steps": 0}
        examples = make_examples(
            corpus,
            run.scheme,
            self._tokenizer,
            settings.window,
            settings.overlap,
            settings.context,
        )
        trainer = Trainer(
            model=ContrastModel(self._model),
            args=self._arguments(len(examples)),
            train_dataset=examples,
            data_collator=collate_contrast,
        )
        result = with_progress(trainer, examples, run.console)
        return {"device": device_name(trainer.args.device), "steps": result.global_step}

    def _arguments(self, windows: int) -> TrainingArguments:
        settings = replace(self._run.settings, batch_size=TOGETHER)
        passes = math.ceil(settings.contrastive_steps * TOGETHER / windows)
        arguments = training_arguments(settings, self._run.checkpoints, windows, passes)
        arguments.max_steps = settings.contrastive_steps
        arguments.warmup_steps = 0
        arguments.learning_rate = settings.contrastive_rate
        # By length, the same windows would meet in every pass.
        arguments.train_sampling_strategy = "random"
        return arguments

    def read(self) -> Predictions:
        """The states of all sentences, those of an encoder that learns nothing read once."""
        return self.states if self._run.method == "frozen" else self._read()

    def _read(self) -> Predictions:
        """Predictions whose logits are states, of sentences that are read as when scored."""
        engine = TorchEngine(cast(torch.nn.Module, self._model), "f32")
        corpus = [*self._run.fitting, *self._run.held_out]
        return predict(FramingClassifier(self._artefact, engine), corpus)


def _parts(run: Run, states: Predictions) -> list[Mask]:
    """The sentences to hold out in turn, by documents or groups, labels spread over all parts.

    Raises:
        SettingsError: there are too few documents or labels for that.
    """
    names = [_group(run, run.fitting[document]) for document in states.documents]
    groups = np.unique(names, return_inverse=True)[1]
    parts = draw_folds(states.leaf_labels, groups, FOLDS[run.method], run.settings.seed)
    if not parts:
        raise _too_few(run)
    return parts


def _group(run: Run, document: LabelledDocument) -> str:
    if run.settings.split == "grouped":
        return metadata_value(document, run.settings.split_by)
    return document.text


def _too_few(run: Run) -> SettingsError:
    return SettingsError(
        f"method: {run.method} needs two labels, in two documents or groups each at least; add "
        "some, or use fine-tune"
    )


def _leaks(states: Predictions, part: Mask) -> Mask:
    """Sentences that also stand in the part that is held out."""
    keys = [leak_key(text) for text in states.texts]
    held = {key for key, inside in zip(keys, part, strict=True) if inside and key}
    return np.array([key in held for key in keys])


def _choose_strength(run: Run, turns: Sequence[Turn]) -> tuple[float, Floats]:
    """The strength with which unknown labels are likeliest, and the logits with it."""
    found = {strength: _answer(run, turns, strength) for strength in STRENGTHS}
    states = turns[0].states
    strength = min(found, key=lambda each: _surprise(replace(states, leaf_logits=found[each])))
    return strength, found[strength]


def _answer(run: Run, turns: Sequence[Turn], strength: float) -> Floats:
    """Logits ``[sentences, leaves]`` of heads that have not learnt the sentences, else NaN."""
    logits = np.full((len(turns[0].learnt), len(run.scheme.leaves)), math.nan)
    for turn in turns:
        head = _fit(run, turn, strength)
        logits[turn.answered] = head.logits(turn.states.leaf_logits[turn.answered])
    return logits


def _fit(run: Run, turn: Turn, strength: float) -> Head:
    leaves = turn.states.leaf_labels[turn.learnt]
    if len(np.unique(leaves)) < 2:
        raise _too_few(run)
    states = turn.states.leaf_logits[turn.learnt]
    weighting = run.settings.class_weighting
    return fit_head(states, leaves, len(run.scheme.leaves), strength, weighting)


def _surprise(answers: Predictions) -> float:
    """Mean surprise at public labels, in nats, at the temperature that suits best."""
    known = ~np.isnan(answers.leaf_logits).any(axis=1)
    logits, labels, scheme = answers.leaf_logits[known], answers.labels[known], answers.scheme
    temperature = fit_temperature(logits, labels, scheme.folding, prior=1.0)
    probabilities = scheme.fold(softmax(logits, temperature))
    return float(log_loss(labels, probabilities, labels=np.arange(len(scheme.labels))))
