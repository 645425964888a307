import numpy as np
from helpers.themes import themed

from askew.mining.clusters.names import described, names


def test_a_cluster_is_called_by_what_its_own_texts_speak_of() -> None:
    texts, _, truth = themed(subjects=3)
    found = described(texts, np.array(truth), 3)
    for terms, words in zip(found, (("tent", "canvas"), ("stove", "gas"), ("kayak", "river")), strict=True):
        assert set(words) & {word for term in terms[:3] for word in term.split()}
        assert "question" not in " ".join(terms)


def test_no_word_comes_twice_not_even_in_another_form() -> None:
    texts = ["refund refunds refunded money", "refunds money", "refund money"] * 3 + ["parcel late", "parcels late"] * 4
    first, second = described(texts, np.array([0] * 9 + [1] * 8), 2)
    assert len([term for term in first if "refund" in term]) == 1
    assert len([term for term in second if "parcel" in term]) == 1


def test_forms_are_those_of_the_language_of_the_texts() -> None:
    texts = ["Die Rechnung ist da, und wer hat die Rechnungen gesehen?"] * 3
    texts += ["Das Zelt ist nicht da, nur die Zelte."] * 3
    bill, tent = described(texts, np.array([0] * 3 + [1] * 3), 2)
    assert sum("rechnung" in term for term in bill) == 1
    assert sum("zelt" in term for term in tent) == 1


def test_chinese_terms_do_not_overlap() -> None:
    texts = ["如何申请退款", "申请退款要多久"] * 2 + ["快递在哪里", "快递什么时候到"] * 2
    refund, parcel = described(texts, np.array([0] * 4 + [1] * 4), 2)
    assert {"申请", "退款"} <= set(refund) or "请退" in refund
    assert "快递" in parcel


def test_two_words_that_stand_together_are_one_term() -> None:
    texts = ["the prime minister spoke", "a prime minister travels", "prime minister in Rome"]
    texts += ["a boat", "a red boat", "boats"]
    assert described(texts, np.array([0, 0, 0, 1, 1, 1]), 2)[0][0] == "prime minister"


def test_one_long_text_does_not_name_its_cluster() -> None:
    texts = ["anchor " * 500, "sail and mast", "mast and sail", "sail", "mast sail"] + ["bread and oven"] * 5
    terms = described(texts, np.array([0] * 5 + [1] * 5), 2)[0]
    assert "anchor" not in terms
    assert terms[0] in ("sail", "mast", "mast sail")


def test_names_differ_and_a_cluster_without_terms_takes_a_text() -> None:
    about = [["a", "b", "c", "d"], ["a", "b", "c", "e"], ["a", "b", "c"], [], []]
    shown = ["x", "x", "x", "why?", "A long text that says " + "nothing " * 9]
    found = names(about, shown)
    assert found[:4] == ["a, b, c", "a, b, c, e", "a, b, c (2)", "why?"]
    assert found[4] == "A long text that says nothing nothing …"


def test_a_single_cluster_is_called_by_its_most_common_words() -> None:
    assert described(["red tent", "blue tent", "tent"], np.zeros(3, np.int64), 1)[0][0] == "tent"
