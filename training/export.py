"""The network as ONNX, over the very weights file that stock transformers loads."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path
from typing import Any, cast

import onnx
import torch
from transformers import AutoModelForTokenClassification, PreTrainedModel

__all__ = ["export_model"]

WEIGHTS = "model.safetensors"
OPSET = 17


def export_model(model: PreTrainedModel, folder: Path) -> None:
    """Write ``config.json``, ``model.safetensors`` and ``model.onnx`` into a folder.

    The weights are stored once, in half precision: the ONNX graph refers to the bytes of
    ``model.safetensors`` as external data and casts them to single precision, which
    engines do once when they load it. Any engine that reads ONNX and stock transformers
    therefore run the same weights, at half the size of either file alone.

    Args:
        model: a token classifier, which is left in half precision.
        folder: an existing folder.
    """
    cast(torch.nn.Module, model).to(device="cpu", dtype=torch.float16)
    model.save_pretrained(folder)
    # It is written for its owner alone, but a service may run as another user.
    (folder / WEIGHTS).chmod((folder / "config.json").stat().st_mode)
    path = folder / "model.onnx"
    # Read anew, since training leaves its mixed precision in the model's forward pass.
    _trace(
        AutoModelForTokenClassification.from_pretrained(
            folder, attn_implementation="eager", dtype=torch.float32
        ),
        path,
    )
    graph = onnx.load(path)
    _refer_to_weights(graph, folder / WEIGHTS)
    onnx.save(graph, path)
    onnx.checker.check_model(path)


def _trace(model: torch.nn.Module, path: Path) -> None:
    model.train(False)
    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "windows", 1: "tokens"}
    with warnings.catch_warnings():
        # The newer exporter renames and folds the weights that the graph must refer to.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes=dict.fromkeys(("input_ids", "attention_mask", "logits"), axes),
            do_constant_folding=False,
            opset_version=OPSET,
            dynamo=False,
        )


def _refer_to_weights(model: Any, weights: Path) -> None:
    """Replace the graph's own copy of every weight by a cast of its half-precision bytes."""
    offset, tensors = _tensor_index(weights)
    casts = []
    for initializer in model.graph.initializer:
        entry = tensors.get(initializer.name)
        if entry is None:
            continue
        begin, end = entry["data_offsets"]
        name, stored = initializer.name, f"{initializer.name}.float16"
        initializer.CopyFrom(
            onnx.TensorProto(
                name=stored,
                dims=initializer.dims,
                data_type=onnx.TensorProto.FLOAT16,
                data_location=onnx.TensorProto.EXTERNAL,
                external_data=[
                    onnx.StringStringEntryProto(key="location", value=weights.name),
                    onnx.StringStringEntryProto(key="offset", value=str(offset + begin)),
                    onnx.StringStringEntryProto(key="length", value=str(end - begin)),
                ],
            )
        )
        casts.append(onnx.helper.make_node("Cast", [stored], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _tensor_index(path: Path) -> tuple[int, dict[str, Any]]:
    """Where the tensors' bytes begin, and the entry of each tensor.

    The layout is that of https://huggingface.co/docs/safetensors: eight bytes with the
    header's length, the header in JSON, then the tensors.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return 8 + length, json.loads(file.read(length))
