"""From labels to thresholds that keep a promise."""
