"""Confidence of answers: a learned confidence model, risk control, and stored calibrations. Independent of indexes."""
