"""Post-training int8 by NNCF: ``quantize.py model.onnx BATCHES.npz model_int8.xml``.

The performance preset, as NNCF documents it for transformers; BATCHES holds arrays ``ids_N`` and
``mask_N`` of windows to calibrate with.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nncf
import numpy as np
import openvino


def main(network: Path, windows: Path, output: Path) -> None:
    """Write the quantised network in OpenVINO's own format."""
    arrays = np.load(windows)
    batches = [
        {"input_ids": arrays[f"ids_{index}"], "attention_mask": arrays[f"mask_{index}"]}
        for index in range(len(arrays.files) // 2)
    ]
    quantised = nncf.quantize(
        openvino.Core().read_model(network.resolve()),
        nncf.Dataset(batches),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(batches),
    )
    openvino.save_model(quantised, output, compress_to_fp16=False)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
