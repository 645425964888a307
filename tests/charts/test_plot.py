from helpers.browser import Parsed

from askew.charts.figures import AxisScale, axis_scale, css_percent, numbers, plot, upwards


def test_the_picture_has_a_name_a_description_and_ticks() -> None:
    page = Parsed(plot(axis_scale([0, 1]), axis_scale([0, 10]), "", ("<across>", "up & down"), ("Title", "Told <b>")))
    assert not page.wrong
    assert page.named("svg")[0]["role"] == "img"
    assert page.text.startswith("up & down Title Told <b> 0 2 4 6 8 10")
    assert page.text.endswith("0.0 0.2 0.4 0.6 0.8 1.0 <across>")


def test_nothing_is_scaled_but_the_data() -> None:
    made = plot(axis_scale([0, 1]), axis_scale([0, 1]), "", ("x", "y"), ("t", "d"))
    assert "viewBox" not in made
    assert "style=" not in made


def test_many_ticks_are_thinned() -> None:
    page = Parsed(plot(AxisScale(0, 30, 1), axis_scale([0, 1]), "", ("x", "y"), ("t", "d")))
    along = [a for a in page.named("text") if a.get("dy") == "18"]
    assert len(along) == 11
    assert [a["class"] for a in along[:3]] == ["tick", "tick wide", "tick"]


def test_up_is_from_the_top() -> None:
    assert [css_percent(upwards(axis_scale([0, 1]), value)) for value in (0, 0.75, 1)] == [
        "100.000%",
        "25.000%",
        "0.000%",
    ]


def test_the_numbers_are_a_table_that_can_be_opened() -> None:
    page = Parsed(numbers("The <numbers>", ("a", "b"), [("<x>", "1")]))
    assert [tag for tag, _ in page.found][:3] == ["details", "summary", "table"]
    assert page.text == "The <numbers> a b <x> 1"
