import pytest
from helpers import office

from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.formats.mail.message import calendar, parse, parse_mbox, parse_mhtml, unencoded, unflowed


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


HEAD = "From: Ann <ann@example.org>\nSubject: Roof\nDate: Tue, 5 Mar 2024 10:00:00 +0100\nMIME-Version: 1.0\n"


def mail(kind: str, *parts: str, head: str = HEAD) -> Draft:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return parse(f'{head}Content-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'.encode())


def part(kind: str, text: str, more: str = "") -> str:
    return f"Content-Type: {kind}; charset=utf-8\n{more}\n{text}\n"


PICTURE = part("image/png", "x", 'Content-Disposition: inline; filename="roof.png"\n')
STUB = part("text/plain", "Please use a mail program that shows HTML.")
PAGE = part("text/html", "<h1>Roof</h1><p>The tiles are loose.</p>")
INVITATION = part("text/calendar", "BEGIN:VEVENT\nSUMMARY:Inspection\nLOCATION:Roof\nEND:VEVENT")
INNER = "Content-Type: message/rfc822\n\nFrom: Bob\nSubject: Offer\nDate: today\n\nNinety euros."
STATUS = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; b@example.org\n"


@pytest.mark.parametrize(
    ("kind", "parts", "text", "left_out"),
    [
        (
            "mixed",
            (part("text/plain", "See:"), PICTURE, part("text/html", "<p>Loose tiles.")),
            "See:\n\nLoose tiles.\n\nAttachments: roof.png",
            ("1 attachment: roof.png",),
        ),
        ("alternative", (STUB, PAGE), "# Roof\n\nThe tiles are loose.", ()),
        (
            "alternative",
            (part("text/plain", "The tiles are loose."), part("text/html", "<p>Loose.")),
            "The tiles are loose.",
            (),
        ),
        (
            "alternative",
            (part("text/plain", "a b"), part("text/html", "<table><tr><td>a<td>b</table>")),
            "| a | b |",
            (),
        ),
        ("alternative", (INVITATION,), "Inspection\nPlace: Roof", ()),
        ("alternative", (part("text/plain", "Come."), INVITATION), "Come.\n\nInspection\nPlace: Roof", ()),
        ("related", (PAGE, part("image/png", "x", "Content-ID: <a>\n")), "# Roof\n\nThe tiles are loose.", ()),
        (
            "mixed",
            (part("text/plain", "Below."), INNER),
            "Below.\n\n## Offer\n\nFrom: Bob\nDate: today\n\nNinety euros.",
            (),
        ),
        (
            "report",
            (part("text/plain", "Failed."), STATUS),
            "Failed.\n\nReporting-MTA: dns; a\nFinal-Recipient: rfc822; b@example.org",
            (),
        ),
        (
            "mixed",
            (
                part("text/plain", "Hi."),
                part("text/plain", "no", 'Content-Disposition: attachment; filename="a.txt"\n'),
            ),
            "Hi.\n\nAttachments: a.txt",
            ("1 attachment: a.txt",),
        ),
        (
            "encrypted",
            (part("application/pgp-encrypted", "x"), part("application/octet-stream", "y")),
            "Attachments: application/octet-stream",
            ("an encrypted part", "1 attachment: application/octet-stream"),
        ),
        ("signed", (part("text/plain", "Hi."), part("application/pgp-signature", "x")), "Hi.", ()),
        (
            "mixed",
            (part("text/plain", "Yes.\n\n-- \nAnn"), part("text/html", "<p hidden>no<p>One.")),
            "Yes.\n\nOne.",
            ("a signature", "1 hidden element"),
        ),
    ],
)
def test_the_parts_are_read_as_a_mail_program_shows_them(
    kind: str, parts: tuple[str, ...], text: str, left_out: tuple[str, ...]
) -> None:
    made = mail(kind, *parts)
    assert (made.text, made.left_out) == (text, left_out)


def test_mails_within_mails_end_somewhere() -> None:
    text = "Subject: Last\n\nLast text."
    for number in range(12):
        text = f"Subject: {number}\nContent-Type: message/rfc822\n\n{text}"
    made = parse(text.encode())
    assert made.title == "11"
    assert "Last text." not in made.text
    assert made.left_out == ("1 attachment: 2",)


@pytest.mark.parametrize(
    "data",
    [
        b"Microsoft Mail Internet Headers Version 2.0\n" + HEAD.encode() + b"\nLoose.",
        b"\n\r\n" + HEAD.encode() + b"\nLoose.",
        b"From ann Tue Mar  5 10:00:00 2024\n" + HEAD.encode() + b"\nLoose.",
        HEAD.replace("Date:", "not a field: x\nDate:").encode() + b"\nLoose.",
        HEAD.encode() + b"Loose.",
        (HEAD + "\nLoose.").encode("utf-16"),
        (HEAD + "\nLoose.").encode("utf-8-sig"),
    ],
)
def test_a_line_that_is_no_field_costs_that_line(data: bytes) -> None:
    made = parse(data)
    assert (made.title, made.text) == ("Roof", "Loose.")
    assert made.metadata["from"] == "Ann <ann@example.org>"
    assert made.metadata["date"] == "2024-03-05T10:00:00+01:00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?=", "Grüße"),
        ("=?utf-8?B?R3LD?=\n =?utf-8?B?vMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe_an?= Bob =?windows-1252?Q?=80?=", "Grüße an Bob €"),
        ("=?gb2312?B?1uzpRrv5?=", "朱镕基"),
        ("Re: =?utf-8*en?q?a?= =?x?", "Re: a =?x?"),
        ("Gr\udcfc\udcdfe", "Grüße"),
    ],
)
def test_encoded_words_are_decoded(value: str, text: str) -> None:
    assert unencoded(value) == text


def test_names_of_attachments_are_decoded() -> None:
    names = [
        "filename*=utf-8''Pl%C3%A4ne.pdf",
        'filename="=?utf-8?Q?Pl=C3=A4ne.pdf?="',
        'filename*0="Plä"; filename*1="ne.pdf"',
    ]
    for name in names:
        attached = part("application/pdf", "x", f"Content-Disposition: attachment; {name}\n")
        assert mail("mixed", part("text/plain", "Hi."), attached).left_out == ("1 attachment: Pläne.pdf",)


def test_flowed_lines_are_joined() -> None:
    assert unflowed("One \ntwo.\n> a \n> b\n>> c\n-- \nAnn", is_spaced=True) == "One two.\n> a b\n>> c\n-- \nAnn"
    assert unflowed("長い \n行", is_spaced=False) == "長い行"


def test_an_invitation_says_what_where_and_when() -> None:
    text = "BEGIN:VEVENT\nSUMMARY;LANGUAGE=en:Annual\\, long\n  meeting\nLOCATION:Room 12\nDTSTART:20240601T180000Z\n"
    text += (
        "DTEND;TZID=X:20240601T190000\nDESCRIPTION:Bring\\ncake\nEND:VEVENT\nBEGIN:VTODO\nDTSTART:20240602\nEND:VTODO"
    )
    assert calendar(text) == (
        "Annual, long meeting\nPlace: Room 12\nTime: 2024-06-01 18:00 UTC to 2024-06-01 19:00\nBring\ncake"
        "\n\nTime: 2024-06-02"
    )


def test_each_mail_of_an_archive_has_its_heading() -> None:
    one = "From a@example.org Tue Mar  5 10:00:00 2024\n" + HEAD + "\nLoose.\n\n>From here on.\n\n"
    two = one.replace("Roof", "Cellar").replace("Loose", "Wet")
    assert parse_mbox(one.encode()).title == "Roof"
    made = parse_mbox((one + two).encode())
    about = "From: Ann <ann@example.org>\nDate: Tue, 5 Mar 2024 10:00:00 +0100"
    assert (
        made.text == f"## Roof\n\n{about}\n\nLoose.\n\nFrom here on.\n\n## Cellar\n\n{about}\n\nWet.\n\nFrom here on."
    )
    assert (made.title, made.metadata) == ("", {"mails": 2})


def test_a_saved_page_is_read_as_one() -> None:
    data = b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\n'
    data += b"Content-Type: text/html; charset=cp1251\n"
    made = parse_mhtml(data + "\n<title>Т</title><nav>нет</nav><p>да\n--b--".encode("cp1251"))
    assert (made.title, made.text, made.left_out) == ("Т", "да", ("1 menu, banner or footer",))
    with pytest.raises(UnusableError, match="no page"):
        parse_mhtml(b"MIME-Version: 1.0\n\nText.")
