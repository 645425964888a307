from askew.diagnostics.finding import Level, fine, too_few, unknown


def test_levels() -> None:
    assert fine("room", 0.1, "Little.").level is Level.FINE
    assert unknown("vectors", "Why.").level is Level.UNTOLD
    assert too_few("hubs", 3, 50).sentence == "Too few to tell: 3 of the 50 documents that it takes."
