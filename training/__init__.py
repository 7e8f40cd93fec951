"""Fine-tuning, calibration, evaluation and export; most modules here need torch."""
