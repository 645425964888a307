"""Published figures, measured again: the sets as they are distributed, ours beside theirs."""
