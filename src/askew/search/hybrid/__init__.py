"""Search by meaning and by words at once: two rankings, put on one scale and added."""
