import askew.charts.report as report
from askew.charts import blocks


def test_the_report_has_all_that_it_is_made_of() -> None:
    made = {name for name, value in vars(blocks).items() if getattr(value, "__module__", "") == blocks.__name__}
    assert made <= set(report.__all__)
    assert all(getattr(report, name) is getattr(blocks, name) for name in made)


def test_a_block_can_be_compared_and_not_changed() -> None:
    assert blocks.TableBlock(("a",), ((1,),)) == blocks.TableBlock(("a",), ((1,),))
    assert hash(blocks.IntervalBar("a", 1, 0, 2)) == hash(blocks.IntervalBar("a", 1, 0, 2))
