"""What can be promised of answers, from labels: signal, evidence, promise, and the record of them. Knows no index."""
