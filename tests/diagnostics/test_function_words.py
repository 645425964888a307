import pytest

from askew.diagnostics.function_words import SETS, language

TEXTS = {
    "en": "Whoever comes to the office on a Friday should bring the key with them, as it is not open before nine.",
    "de": "Wer am Freitag in das Büro kommt, soll den Schlüssel mitbringen, denn es ist nicht vor neun Uhr offen.",
    "fr": "Ceux qui viennent au bureau le vendredi doivent apporter la clé, car il est fermé avant neuf heures.",
    "es": "Los que vienen a la oficina el viernes deben traer la llave, porque no está abierta antes de las nueve.",
    "it": "Chi viene in ufficio il venerdì deve portare la chiave con sé, perché non è aperto prima delle nove.",
    "pt": "Quem vem ao escritório na sexta-feira deve trazer a chave, porque não está aberto antes das nove.",
    "nl": "Wie op vrijdag naar het kantoor komt moet de sleutel meenemen, want het is niet open voor negen uur.",
    "sv": "Den som kommer till kontoret på en fredag ska ta med sig nyckeln, för det är inte öppet före klockan nio.",
    "pl": "Kto w piątek przychodzi do biura, ten ma przynieść klucz, bo przed dziewiątą nie jest otwarte.",
    "ro": "Cine vine la birou vinerea trebuie să aducă cheia cu el, pentru că nu este deschis înainte de ora nouă.",
    "fi": "Joka tulee perjantaina toimistoon, ottakoon avaimen mukaan, sillä se ei ole auki ennen yhdeksää.",
    "tr": "Cuma günü ofise gelen herkes için bir anahtar gerekli, çünkü saat dokuzdan önce kapalı ve bu da daha kötü.",
    "cs": "Kdo v pátek přijde do kanceláře, ať si s sebou vezme klíč, protože před devátou se tam nedostane.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_languages_are_told(code: str) -> None:
    assert language(TEXTS[code]) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Los Angeles de la Cruz",
        "Adidas Samba OG white black size 42 43 44 leather sneaker men women unisex trainers shoes new",
        "def main ( ) return int argc char argv printf hello world include stdio h for i n",
        "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore",
        "Pneumonia, diabetes mellitus, hypertension, metformin, lisinopril, atorvastatin, omeprazole, insulin, "
        "warfarin, heparin, digoxin",
    ],
)
def test_what_has_no_function_words_is_not_told(text: str) -> None:
    assert language(text) == ""


def test_no_language_is_a_part_of_another() -> None:
    for code, words in SETS.items():
        assert len(words) >= 25
        others = [other for name, other in SETS.items() if name != code and {name, code} != {"da", "no"}]
        assert all(len(words - other) > len(words) / 3 for other in others), code
