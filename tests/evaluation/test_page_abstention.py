from askew.charts.blocks import Curve, TableBlock
from askew.evaluation.abstention import risk_coverage
from askew.evaluation.report import abstention_section

GOOD = risk_coverage([0.9, 0.8, 0.7, 0.2, 0.1], [True, True, True, False, False])
BAD = risk_coverage([0.1, 0.2, 0.3, 0.8, 0.9], [True, True, True, False, False])


def test_the_price_of_silence_is_told_for_each_system() -> None:
    found = abstention_section({"good": GOOD, "bad": BAD})
    words = " ".join(found.prose)
    assert "5 queries were asked" in words
    assert "good gives 5 answers if it may never keep silent, and 2 of them (40 %) are wrong." in words
    assert "If at most 10 % may be wrong, it can answer 60 % of the queries." in words
    assert "However few it gives, more than 10 % are wrong." in words


def test_the_curve_has_a_line_for_each_and_the_table_a_row() -> None:
    curve, table = abstention_section({"good": GOOD, "bad": BAD}).blocks
    assert isinstance(curve, Curve)
    assert [line.name for line in curve.lines] == ["good", "bad"]
    assert curve.lines[0].points[2] == (0.6, 0.0)
    assert isinstance(table, TableBlock)
    assert table.rows[0][:4] == ("good", "60 %", "60 %", "60 %")
    assert table.rows[0][-1] == "1.000"
