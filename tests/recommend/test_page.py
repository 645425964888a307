from askew.recommend.advice import recommendation
from askew.recommend.configurations import Benchmark, Configuration, Encoding
from askew.recommend.grid_search import Effort, GridSearch, TrialResult
from askew.recommend.text_report import advice_page
from askew.types import Document


def test_the_page_says_what_is_recommended_why_and_how_to_build_it() -> None:
    standings = [
        TrialResult(Configuration(Encoding(name)), {"q": score, "r": score}, Effort(1, 1, 8))
        for name, score in (("good", 0.9), ("<b>bad</b>", 0.2))
    ]
    trial = Benchmark((Document("a", "x"),), (Document("q", "x"),), {}, False, 1, {"q": "title"})
    tournament = GridSearch(trial, tuple(standings), ())
    page = advice_page(["It is asymmetric."], tournament, recommendation(tournament), ["askew index <NAME>"])
    for part in ("Recommended: good, whole texts", "It is asymmetric.", "weaker evidence", "askew index &lt;NAME&gt;"):
        assert part in page
    assert "<b>bad" not in page
