"""Evaluation: relevance judgements, runs, measures, significance tests and reports."""
