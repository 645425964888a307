"""A doctor for an index: what makes its answers worse and shows nowhere."""
