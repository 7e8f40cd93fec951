"""The settings of a training run: one dataclass, whose field docstrings are the help."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import inspect
import itertools
import textwrap
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from framelens.model import FramelensError
from framelens.model.errors import one_of
from framelens.model.yaml_file import read_yaml

Context = Literal["auto", "sentence", "excerpt", "document"]

__all__ = [
    "Context",
    "SettingsError",
    "TrainSettings",
    "field_help",
    "make_settings",
    "read_settings",
    "read_settings_file",
]


class SettingsError(FramelensError):
    """A setting that is unknown, of the wrong kind or out of range."""


@dataclass(frozen=True)
class TrainSettings:
    """What a training run is made of; the same settings and data give the same model."""

    data: list[Path]
    """Labelled files: documents (JSONL), tables (CSV, TSV, Parquet) or stand-off annotations."""

    output: Path
    """Folder for the trained artefact; it must not exist yet."""

    scheme: Path | None = None
    """Label scheme; the shipped model's where none is given."""

    texts: Path | None = None
    """Folder with the texts of stand-off annotations."""

    test: list[Path] = dataclasses.field(default_factory=list)
    """Labelled files to keep out: sentences standing here are dropped from the training data."""

    base: str = "all-MiniLM-L6-v2"
    """Encoder to start from: the packaged default, an artefact's (its folder, or the name of a
    shipped one), another local folder, or a name on a model hub."""

    method: Literal["auto", "fine-tune", "contrastive", "frozen"] = "auto"
    """How the model is fitted: by fine-tuning all of it, by a head over an encoder that learnt
    to tell the labels apart (contrastive), or by a head over the encoder as it is (frozen); auto
    fine-tunes unless there are few examples a label."""

    contrastive_steps: int = 10
    """Steps of contrastive fine-tuning, of 32 windows each or of all there are."""

    contrastive_rate: float = 1e-4
    """Highest learning rate of contrastive fine-tuning."""

    adaptation: Path | None = None
    """Parquet file of texts, in a column `text`, whose masked words the encoder guesses first."""

    adaptation_epochs: int = 1
    """Passes over these texts."""

    attribution: Path | None = None
    """Parquet file of attributions (source, cue and content spans) to learn as a first task."""

    attribution_epochs: int = 2
    """Passes over the attributions."""

    swaps: Path | None = None
    """File of sides to swap, so that the model learns not to care who is named."""

    swap_share: float = 0.5
    """Share of the training documents that are learnt with two sides swapped too, where they
    name any."""

    consistency: float = 1.0
    """How much it counts that a sentence gets the same answer when sides are swapped."""

    layers: int | None = None
    """Layers of the encoder to keep, evenly spread; all where none is given."""

    teacher: Path | None = None
    """Artefact whose answers to every sentence are learnt beside the labels."""

    unlabelled: Path | None = None
    """Parquet file of texts, in a column `text`, on which the teacher's answers are learnt too."""

    imitation: float = 2.0
    """How much it counts that a sentence gets the teacher's answer."""

    name: str = "framing"
    """Name of the artefact."""

    version: str = "0.0.0"
    """Version of the artefact."""

    window: int = 128
    """Tokens that go through the encoder together, special tokens included."""

    context: Context = "auto"
    """What the windows hold in training: one sentence each, and then also when the model
    scores; the labelled sentences of a document; or what stands around them in it too. Auto
    takes single sentences where no document has more than one, else documents."""

    overlap: int = 1
    """Sentences that consecutive windows share when the model scores."""

    separators: bool = True
    """Whether a special token stands between the sentences of a window."""

    epochs: int = 4
    """Passes over the training data at most."""

    patience: int = 2
    """Epochs without a better held-out score after which training stops."""

    batch_size: int = 16
    """Windows that a process takes at once."""

    gradient_accumulation: int = 1
    """Batches that a process adds up to a step; it has this many times `batch_size` windows, of
    each process."""

    learning_rate: float = 1.5e-4
    """Highest learning rate; it rises over the first tenth of the steps, then falls to zero."""

    weight_decay: float = 0.01
    """Weight decay of AdamW."""

    class_weighting: Literal["none", "inverse-sqrt", "inverse"] = "inverse-sqrt"
    """How much more a sentence of a rare leaf counts: by the (square root of the) inverse of
    the leaf's share, or not at all."""

    soft_labels: bool = False
    """Whether a sentence with votes of several annotators is learnt as their shares, not as the
    one label that was settled."""

    split: Literal["random", "grouped", "time", "fixed"] = "random"
    """How parts are kept from each other: whole documents or whole groups of them, drawn at
    random, the latest documents, or the parts that the data name."""

    split_by: str = ""
    """Metadata key that says a document's group, its ISO date, or its part: train, dev or test."""

    held_out: float = 0.1
    """Share of the sentences held out, by whole documents, for stopping and calibration."""

    held_out_from: str = ""
    """Draw what is kept out only from documents with this metadata, given as KEY=VALUE."""

    test_share: float = 0.0
    """Share of the sentences kept out before that as a test part, the same one for every seed."""

    review_accuracy: float = 0.95
    """Share of the held-out sentences without a review mark that must be right; the mark's
    threshold of confidence follows from it."""

    seed: int = 0
    """Seed of the split, the new weights and the order of the batches."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto takes the GPU where there is one."""

    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Number format of the matrix products; auto is bf16 on GPUs and processors with instructions
    for it, and fp32 on others, where bf16 is far slower. The weights are learnt in fp32."""

    tracking: Literal["auto", "none", "trackio", "tensorboard", "mlflow", "wandb"] = "auto"
    """What keeps the curves of losses and held-out scores; auto is trackio where it is installed,
    which keeps them on this machine, and nothing else."""

    resume: bool = False
    """Go on from the last checkpoint of an interrupted run with the same output."""

    def __post_init__(self) -> None:
        if not self.data:
            raise SettingsError("data: name at least one labelled file")
        self._within("window", self.window, 16, 8192)
        self._within("overlap", self.overlap, 0, 16)
        self._within("epochs", self.epochs, 1, 1000)
        self._within("contrastive_steps", self.contrastive_steps, 1, 100_000)
        self._within("contrastive_rate", self.contrastive_rate, 1e-7, 1.0)
        self._within("attribution_epochs", self.attribution_epochs, 1, 1000)
        self._within("adaptation_epochs", self.adaptation_epochs, 1, 1000)
        self._within("swap_share", self.swap_share, 0.0, 1.0)
        self._within("consistency", self.consistency, 0.0, 100.0)
        self._within("imitation", self.imitation, 0.0, 100.0)
        if self.layers is not None:
            self._within("layers", self.layers, 1, 1000)
        if self.unlabelled and not self.teacher:
            raise SettingsError("unlabelled: texts without labels need a teacher; name its folder")
        self._within("patience", self.patience, 1, 1000)
        self._within("batch_size", self.batch_size, 1, 4096)
        self._within("gradient_accumulation", self.gradient_accumulation, 1, 4096)
        self._within("held_out", self.held_out, 0.01, 0.5)
        self._within("review_accuracy", self.review_accuracy, 0.5, 1.0)
        self._within("learning_rate", self.learning_rate, 1e-7, 1.0)
        self._within("weight_decay", self.weight_decay, 0.0, 1.0)
        self._within("test_share", self.test_share, 0.0, 0.5)
        self._check_split()

    def _check_split(self) -> None:
        if self.held_out_from and "=" not in self.held_out_from:
            raise SettingsError(
                f"held_out_from: expected KEY=VALUE, such as selected=random, "
                f"found {self.held_out_from!r}"
            )
        if self.held_out_from and self.split in ("time", "fixed"):
            raise SettingsError(f"held_out_from: nothing is drawn where split is {self.split!r}")
        if self.split == "random" and self.split_by:
            raise SettingsError(
                f"split_by: {self.split_by!r} decides nothing where split is 'random'; "
                "use 'grouped', 'time' or 'fixed'"
            )
        if self.split != "random" and not self.split_by:
            raise SettingsError(f"split_by: name the metadata key for split {self.split!r}")
        if self.split == "fixed" and self.test_share:
            raise SettingsError("test_share: where split is 'fixed', the data name the test part")
        if self.method in ("contrastive", "frozen") and self.only_fine_tuning:
            raise SettingsError(
                f"{self.only_fine_tuning}: needs method fine-tune, found {self.method}"
            )

    @property
    def only_fine_tuning(self) -> str:
        """A setting that is given and that only fine-tuning can do something with, if any."""
        names = ("held_out_from", "resume", "soft_labels", "swaps", "teacher")
        return next((name for name in names if getattr(self, name)), "")

    @staticmethod
    def _within(name: str, value: float, low: float, high: float) -> None:
        if not low <= value <= high:
            raise SettingsError(f"{name}: {value} is not between {low} and {high}")


def read_settings(path: Path | None, overrides: Mapping[str, Any]) -> TrainSettings:
    """Settings from a YAML file, where one is given, with ``overrides`` on top.

    Relative paths in the file are relative to the current folder, like those of flags.

    Raises:
        SettingsError: the file is not YAML, or a setting in it is unknown or wrong.
    """
    values = read_settings_file(path) if path else {}
    return make_settings({**values, **overrides}, f"{path}: " if path else "")


def read_settings_file(path: Path) -> Mapping[str, Any]:
    """The names and values of a settings file, unchecked.

    Raises:
        SettingsError: the file is not YAML, or holds something else.
    """
    content = read_yaml(path, "settings", SettingsError)
    if not isinstance(content, Mapping):
        raise SettingsError(f"{path}: expected settings as 'name: value' lines")
    return content


def make_settings(values: Mapping[str, Any], place: str = "") -> TrainSettings:
    """Settings from their names and values; ``place`` begins every message.

    Raises:
        SettingsError: a setting is unknown, missing or wrong.
    """
    values = dict(values)
    kinds = typing.get_type_hints(TrainSettings)
    for name in values:
        if name not in kinds:
            raise SettingsError(f"{place}unknown setting {name!r}: known are {one_of(kinds)}")
    for field in dataclasses.fields(TrainSettings):
        if field.name in values:
            values[field.name] = _convert(values[field.name], kinds[field.name], place + field.name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise SettingsError(f"{place}{field.name}: missing, and there is no default")
    try:
        return TrainSettings(**values)
    except SettingsError as error:
        raise SettingsError(f"{place}{error}") from error


def field_help(settings: type) -> dict[str, str]:
    """The docstring under each field of a dataclass, as one line."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(settings)))
    body = typing.cast(ast.ClassDef, tree.body[0]).body
    return {
        field.target.id: " ".join(note.value.value.split())
        for field, note in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(note, ast.Expr)
        and isinstance(note.value, ast.Constant)
        and isinstance(note.value.value, str)
    }


def _convert(value: Any, kind: Any, place: str) -> Any:
    """A value from YAML or the command line as the type its field has."""
    options = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        if value not in options:
            raise SettingsError(f"{place}: {value!r} is not allowed; use {one_of(options)}")
        return value
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            raise SettingsError(f"{place}: expected a list, found {value!r}")
        return [_convert(item, options[0], place) for item in value]
    if type(None) in options:
        return None if value is None else _convert(value, options[0], place)
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if kind is float and not isinstance(value, bool):
        # YAML 1.1 takes 1e-4, without a point, for text.
        with contextlib.suppress(ValueError, TypeError):
            return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{place}: expected {kind.__name__}, found {value!r}")
    return value
