"""What is known of a search from outside it: relevance judgements, and runs of many queries."""
