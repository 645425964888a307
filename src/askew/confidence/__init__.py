"""What a score promises: the statistics of thresholds, and the evidence for them as it is kept. Knows no index."""
