"""Evaluation: how good a model is, beside baselines and annotators."""

from framelens.training.evaluation.confidence import expected_calibration_error
from framelens.training.evaluation.console import print_summary
from framelens.training.evaluation.evaluation import Evaluation, evaluate
from framelens.training.evaluation.predictions import Predictions, predict
from framelens.training.evaluation.report import to_markdown, write_report

__all__ = [
    "Evaluation",
    "Predictions",
    "evaluate",
    "expected_calibration_error",
    "predict",
    "print_summary",
    "to_markdown",
    "write_report",
]
