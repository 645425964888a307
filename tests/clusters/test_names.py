import numpy as np
import pytest
from helpers.themes import themed

from askew.clusters.names import described, names, spoken, terms


def test_a_cluster_is_called_by_what_its_own_texts_speak_of() -> None:
    texts, _, truth = themed(subjects=3)
    found = described(texts, np.array(truth), 3)
    for about, words in zip(found, (("tent", "canvas"), ("stove", "gas"), ("kayak", "river")), strict=True):
        assert set(words) & {word for term in about[:3] for word in term.split()}
        assert "question" not in " ".join(about)


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
    assert refund[0] == "申请退款"
    assert parcel[0] == "快递"
    assert not set("申请退款") & set("".join(refund[1:]))


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


def test_words_and_pairs_without_those_that_say_nothing() -> None:
    found = terms("The prime minister said: the Prime Minister's car wasn't in Leeds, Bradford.", ("en",))
    assert found == ["prime", "minister", "prime minister", "car", "minister car", "leeds", "bradford"]


def test_german_and_other_scripts() -> None:
    assert terms("Die Rechnung für das Zelt ist noch nicht da", ("de",)) == ["rechnung", "zelt"]
    assert terms("отмена заказа", ("ru",)) == ["отмена", "заказа", "отмена заказа"]
    assert terms("申请退款，AI", ("zh",)) == ["申请", "请退", "退款", "申请退", "请退款", "申请退款"]
    assert terms("रद्द करना", ("hi",)) == ["रद्द", "करना", "रद्द करना"]


def test_what_is_joined_to_a_word_is_none_of_it() -> None:
    assert terms("l'arrivée de l’avion", ("fr",)) == ["arrivée", "avion", "arrivée de avion"]
    assert "ordine" in terms("lo stato dell'ordine", ("it",))
    assert terms("환불을 환불은 비밀번호가", ("ko",))[0] == "환불"


def test_digits_alone_are_no_term_and_hyphens_hold_together() -> None:
    assert terms("2024 e-mail 76% x200", ("en",)) == ["e-mail", "x200"]


def test_japanese_terms_are_kanji_and_katakana() -> None:
    assert terms("パスワードを忘れました", ("ja",)) == ["パスワード"]
    assert terms("返金を申請", ("ja",)) == ["返金", "申請"]


def test_thai_terms_do_not_break_a_syllable() -> None:
    found = terms("คืนเงินได้ไหม", ("th",))
    assert "คืนเงิน" in found
    assert not any(term[0] in "ัิีึืุู็่้๊๋์ะาำ" or term[-1] in "เแโใไ" for term in found)


NAMED = {
    "fr": (
        ["Mon vol est annulé", "Quand est mon vol", "Le vol est en retard", "Où est l'heure du vol"],
        ["Je ne trouve pas ma valise", "Ma valise est cassée", "Quand ai-je ma valise", "La valise n'est pas là"],
        "vol valise",
    ),
    "es": (
        ["Mi vuelo está cancelado", "¿Cuándo sale el vuelo?", "El vuelo no sale", "¿Por qué está mi vuelo ahí?"],
        ["No encuentro la maleta", "Mi maleta está rota", "¿Dónde está mi maleta?", "La maleta no está aquí"],
        "vuelo maleta",
    ),
    "it": (
        ["Il mio volo è in ritardo", "Quando parte il volo?", "Perché il volo non parte?", "Dov'è il volo?"],
        ["La mia valigia è rotta", "Dove è la valigia?", "Non trovo la valigia", "La valigia non è arrivata"],
        "volo valigia",
    ),
    "ru": (
        ["Где мой рейс", "Рейс не вылетел", "Когда мой рейс", "Почему рейс опоздал"],
        ["Где мой чемодан", "Чемодан не нашли", "Мой чемодан сломан", "Когда вернут чемодан"],
        "рейс чемодан",
    ),
    "zh": (
        ["航班取消了吗", "我的航班在哪里", "航班什么时候起飞", "为什么航班晚点"],
        ["我的行李在哪里", "行李丢了怎么办", "行李什么时候到", "没有收到行李"],
        "航班 行李",
    ),
    "ja": (
        ["便名はどれですか", "便名を知りたい", "便名が違います", "私の便名"],
        ["荷物はどこですか", "荷物が壊れた", "荷物をください", "私の荷物"],
        "便名 荷物",
    ),
    "th": (
        ["เที่ยวบินอยู่ที่ไหน", "เที่ยวบินของฉัน", "ยกเลิกเที่ยวบิน", "ทำไมเที่ยวบินช้า"],
        ["กระเป๋าอยู่ที่ไหน", "กระเป๋าของฉัน", "กระเป๋าหาย", "ทำไมกระเป๋าช้า"],
        "เที่ยวบิน กระเป๋า",
    ),
}


@pytest.mark.parametrize("code", NAMED)
def test_clusters_are_named_without_function_words_in_each_language(code: str) -> None:
    first, second, told = NAMED[code]
    assert spoken(first + second)[0] == code
    about = described(first + second, np.repeat([0, 1], 4), 2)
    assert [held[0] for held in about] == told.split()
    used = {word for held in about for term in held for word in term.split()}
    assert not used & {
        "est",
        "mon",
        "ma",
        "je",
        "pas",
        "ne",
        "mi",
        "está",
        "la",
        "el",
        "il",
        "mio",
        "è",
        "di",
        "quando",
        "где",
        "мой",
        "не",
        "когда",
    }


def test_a_noun_with_its_complement_is_one_term() -> None:
    texts = ["J'ai oublié mon mot de passe", "Le mot de passe ne marche pas", "Changer le mot de passe"]
    texts += ["Où est mon colis", "Le colis est perdu", "Mon colis n'est pas arrivé"]
    assert described(texts, np.array([0, 0, 0, 1, 1, 1]), 2)[0][0] == "mot de passe"
