import pytest
from helpers.read import said

from askew.pair_labels.judge import judge, judge_all
from askew.pair_labels.verdict import Kind


@pytest.mark.parametrize(
    ("a", "b", "kind", "left", "right"),
    [
        ("Where is my bag?", "WHERE is my bag", Kind.IDENTICAL, [], []),
        ("Where is my bag?", "Where is the bag", Kind.NEAR_IDENTICAL, ["my"], ["the"]),
        ("My bag is lost.", "I cannot find my luggage.", Kind.PARAPHRASE, [], []),
        ("The bus to Bath is full.", "The bus to Wells is full.", Kind.OTHER_VALUES, ["Bath"], ["Wells"]),
        ("The bus is full.", "The bus is not full.", Kind.CONTRADICTS, ["full"], ["not", "full"]),
        ("When is the bus full?", "Why is the bus full?", Kind.RELATED, ["When"], ["Why"]),
    ],
)
def test_every_kind_with_its_evidence(a: str, b: str, kind: Kind, left: list[str], right: list[str]) -> None:
    found = judge(a, b, 0.8)
    assert found.kind is kind
    assert (said(a, found.evidence_a), said(b, found.evidence_b)) == (left, right)
    assert found.reason


def test_what_contains_the_other_marks_where() -> None:
    short = "The bus to Bath leaves at nine"
    long = f"Dear all, here is what the driver told us. {short}. Bring sandwiches, a coat and good shoes."
    found = judge(long, short, 0.8)
    assert found.kind is Kind.CONTAINS
    assert said(long, found.evidence_a) == said(short, found.evidence_b) == [short]
    assert judge(short, long, 0.8).evidence_b == found.evidence_a


def test_few_shared_words_and_a_low_score_are_related() -> None:
    a, b = "The bus is full.", "I cannot find my luggage."
    assert [judge(a, b, score).kind for score in (0.59, 0.61)] == [Kind.RELATED, Kind.PARAPHRASE]


def test_long_texts_are_compared_by_sentences() -> None:
    story = "We took the early bus to the coast with all of our friends. It was full. " * 3
    a = f"{story}The fare for adults was £4 in the end. We walked home at night, tired, through wet and windy fields."
    b = f"{story}The fare for adults was £6 in the end. We walked home at night, tired, through wet and windy fields."
    found = judge(a, b, 0.99)
    assert (found.kind, said(a, found.evidence_a), said(b, found.evidence_b)) == (Kind.OTHER_VALUES, ["£4"], ["£6"])
    assert judge(a, f"{b} ".replace("£6", "£4").replace("wet", "the wet"), 0.99).kind is Kind.NEAR_IDENTICAL


@pytest.mark.parametrize("text", ["", "?!", "🙂", "東京", "a", "5", "\ud800", "no", "not", "can't", "I", "the the the"])
def test_odd_texts_are_judged_too(text: str) -> None:
    assert judge(text, text, 1.0).kind is Kind.IDENTICAL
    for other in ("", "Where is my bag?", "5 days, not 6", "🙁", "A-1"):
        assert judge(text, other, 0.7).reason
        assert judge(other, text, 0.7).reason


def test_a_verdict_for_each_pair_in_their_order() -> None:
    pairs = [("The bus is full.", "The bus is not full."), ("a b", "A, b")]
    assert [verdict.kind for verdict in judge_all(pairs, [0.9, 1.0])] == [Kind.CONTRADICTS, Kind.IDENTICAL]
    with pytest.raises(ValueError, match="shorter"):
        judge_all(pairs, [0.9])
