import pytest

from askew.text.terms import LONGEST, query_terms, terms, words_apart


def shared(query: str, text: str) -> bool:
    """Whether every word of the query is in the text in one of its forms."""
    held = set(terms(text).split())
    asked = query_terms(query)
    return bool(asked) and all(held.intersection(forms) for forms in asked)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("RX580", "the RX-580 card"),
        ("RX-580", "the RX-580 card"),
        ("580", "the RX580 card"),
        ("9780306406157", "ISBN 978-0-306-40615-7"),
        ("USA", "in the U.S.A. today"),
        ("u.s.a.", "in the USA today"),
        ("C++", "written in C++, not in C"),
        ("C#", "a C# class"),
        (".NET", "the .NET runtime"),
        ("node.js", "a Node.js server"),
        ("3.5", "version 3.5"),
        ("3.5", "version 3,5"),
        ("1250", "1,250 euros"),
        ("1,250", "1250 euros"),
        ("1.250,50", "1,250.50 dollars"),
        ("2024", "on 12.05.2024"),
        ("§ 12", "see § 12"),
        ("jo@example.org", "write to Jo@Example.org."),
        ("example", "https://www.example.org/path"),
        ("path", "https://www.example.org/path"),
        ("Muenchen", "in München"),
        ("Munchen", "in München"),
        ("München", "in Mu\u0308nchen"),
        ("München", "in MUENCHEN"),
        ("STRASSE", "die Straße"),
        ("istanbul", "İstanbul'da"),
        ("ISPARTA", "ısparta"),
        ("cafe", "un café"),
        ("ha noi", "Hà Nội"),
        ("שלום", "שָׁלוֹם"),
        ("سلام", "سَلامٌ"),
        ("احمد", "أحمد"),
        ("ａｂｃ", "abc"),
        ("カキ", "ｶｷ"),
        ("天气", "今天天气很好"),
        ("雨", "明日は雨です"),
        ("ตลาด", "วันนี้ตลาดเปิด"),
        ("학교", "학교에서"),
    ],
)
def test_a_word_is_found_in_each_form_that_people_type(query: str, text: str) -> None:
    assert shared(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("3.5", "5 pages and 3 lines"),
        ("1,250", "250 and 1"),
        ("C++", "written in C"),
        (".NET", "a net"),
        ("E-1205", "class E, number 1205"),
        ("天气", "天下生气"),
    ],
)
def test_what_only_shares_parts_is_no_match(query: str, text: str) -> None:
    assert not shared(query, text)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("what is the fee for a berth", ["fee", "berth"]),
        ("wo ist der Hafen", ["hafen"]),
        ("to be or not to be", ["to", "be", "or", "not", "to", "be"]),
        ("the WHO report", ["who", "report"]),
        ("is vitamin A good", ["vitamin", "a", "good"]),
    ],
)
def test_function_words_are_looked_up_only_where_they_tell(query: str, kept: list[str]) -> None:
    assert [forms[0] for forms in query_terms(query)] == kept


def test_a_word_with_accents_counts_once() -> None:
    assert query_terms("München") == [("munchen", "muenchen")]


@pytest.mark.parametrize("text", ["", " ", "?!", "_", "...", "🎉", "-", "++", "#"])
def test_signs_alone_are_no_terms(text: str) -> None:
    assert (terms(text), query_terms(text)) == ("", [])


def test_a_long_term_is_found_by_its_beginning() -> None:
    assert [len(term) for term in terms("a" * 500 + "é").split()] == [LONGEST]
    assert shared("é" * 500, "é" * 600)


@pytest.mark.parametrize(
    ("name", "apart"),
    [("meetingNotes.txt", "meeting Notes.txt"), ("HTTPServer.md", "HTTP Server.md"), ("a_b-c.txt", "a_b-c.txt")],
)
def test_file_names_come_apart_at_case(name: str, apart: str) -> None:
    assert words_apart(name) == apart
