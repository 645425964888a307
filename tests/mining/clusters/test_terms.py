from askew.mining.clusters.terms import empty, terms


def test_words_and_pairs_without_those_that_say_nothing() -> None:
    found = terms("The prime minister said: the Prime Minister's car wasn't in Leeds, Bradford.")
    assert found == ["prime", "minister", "prime minister", "car", "minister car", "leeds", "bradford"]


def test_german_and_other_scripts() -> None:
    assert terms("Die Rechnung für das Zelt ist noch nicht da") == ["rechnung", "zelt"]
    assert terms("отмена заказа") == ["отмена", "заказа", "отмена заказа"]
    assert terms("申请退款，AI") == ["申请", "请退", "退款"]
    assert terms("रद्द करना") == ["रद्द", "करना", "रद्द करना"]


def test_digits_alone_are_no_term_and_hyphens_hold_together() -> None:
    assert terms("2024 e-mail 76% x200") == ["e-mail", "x200"]


def test_the_list_of_empty_words_is_of_both_languages() -> None:
    assert {"the", "said", "not", "und", "sagte", "nicht"} <= empty()
    assert not {"tent", "zelt"} & empty()
