import pytest
from helpers import office

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.mail import parse


def test_the_plain_text_comes_before_the_page() -> None:
    made = parse(office.eml("Holiday – 2024", "Grüße\n# all", "<p>no</p>", ["plan a.pdf", "b.png"]))
    assert (made.title, made.text) == ("Holiday – 2024", "Grüße\n\\# all\n\nAttachments: plan a.pdf, b.png")
    assert made.metadata == {
        "from": "Ann Other <ann@example.org>",
        "to": "team@example.org",
        "date": "2024-01-31T12:00:00+01:00",
        "author": "Ann Other <ann@example.org>",
        "created": "2024-01-31T12:00:00+01:00",
    }


def test_a_page_alone_is_read_as_one() -> None:
    assert parse(office.eml("S", page="<h1>Grüße</h1><p>Text.</p><script>no</script>")).text == "# Grüße\n\nText."


def test_a_subject_alone_is_the_text() -> None:
    assert parse(b"Subject: Call me\n\n").text == "Call me"


@pytest.mark.parametrize(
    "header",
    [
        "Content-Type: text/plain; charset=none-such",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: multipart/mixed",
        "Date: yesterday",
        "From: <<>>,;",
        "To: =?utf-8?b?broken",
    ],
)
def test_headers_that_are_wrong_do_no_harm(header: str) -> None:
    assert "Text \xfc" in parse(f"Subject: S\n{header}\n\nText \xfc.".encode("latin-1")).text.replace("\ufffd", "\xfc")


def test_what_has_no_headers_is_no_mail() -> None:
    with pytest.raises(UnusableError, match="Subject"):
        parse(b"Dear all,\n\nText.")
