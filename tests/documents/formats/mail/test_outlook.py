from helpers import office

from askew.documents.formats.mail.outlook import parse

SUBJECT, SENDER, ADDRESS, BODY = 0x0037, 0x0C1A, 0x0C1F, 0x1000


def test_subject_sender_and_text_are_read() -> None:
    text = "Yes, on Tuesday.\r\n\r\n-----Original Message-----\r\nFrom: Bob\r\nTo: Ann\r\n\r\nWhen?"
    made = parse(office.msg({SUBJECT: "Re: Roof", SENDER: "Ann Öz", ADDRESS: "ann@example.org", BODY: text}))
    assert (made.title, made.text, made.left_out) == ("Re: Roof", "Yes, on Tuesday.", ("a quoted thread",))
    assert made.metadata["author"] == made.metadata["from"] == "Ann Öz <ann@example.org>"


def test_a_mailbox_of_exchange_is_no_address() -> None:
    made = parse(office.msg({SUBJECT: "Roof", SENDER: "Ann", ADDRESS: "/o=Labs/cn=Recipients/cn=ann", BODY: "Text."}))
    assert made.metadata["author"] == "Ann"


def test_a_subject_alone_is_the_text() -> None:
    assert parse(office.msg({SUBJECT: "Call me"})).text == "Call me"
