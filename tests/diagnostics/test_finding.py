from askew.diagnostics.finding import Level, fine, percent, too_few, unknown


def test_shares_are_shown_as_people_say_them() -> None:
    assert [percent(share) for share in (0, 0.0004, 0.01, 0.126, 1)] == ["0 %", "0.04 %", "1 %", "13 %", "100 %"]


def test_levels() -> None:
    assert fine("room", 0.1, "Little.").level is Level.FINE
    assert unknown("vectors", "Why.").level is Level.UNTOLD
    assert too_few("hubs", 3, 50).sentence == "Too few to tell: 3 of the 50 documents that it takes."
