"""Calibration: thresholds with a guaranteed precision, from labels."""
