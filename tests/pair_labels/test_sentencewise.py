from helpers.read import said

from askew.pair_labels.sentencewise import clashes

A = "The hall opens at nine. Tickets for adults cost £8 at the door. Dogs are welcome in the garden behind the hall."


def test_each_sentence_is_set_beside_the_one_most_like_it() -> None:
    b = "Dogs are not welcome in the garden behind the hall. Tickets for adults cost £9 at the door. Come early!"
    found = clashes(A, b)
    assert [clash.conflict.rule for clash in found] == ["number", "negation"]
    assert said(A, found[0].conflict.a) == ["£8"]
    assert said(b, found[0].conflict.b) == ["£9"]
    assert said(b, found[1].conflict.b) == ["not", "welcome"]
    assert found[1].a in A


def test_equal_sentences_and_those_about_other_things_do_not_clash() -> None:
    assert clashes(A, A) == []
    assert clashes(A, "Children under 5 must not swim. Bring 3 towels.") == []
    assert clashes(A, "") == clashes("", A) == []
