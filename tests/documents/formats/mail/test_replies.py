import pytest

from askew.documents.formats.mail.replies import mark_thread, reply


@pytest.mark.parametrize(
    ("attribution", "quote"),
    [
        ("On Mon, 4 Mar 2024 at 10:00, Bob <bob@example.org> wrote:", "> Shall we?\n>\n>> It leaks."),
        ("On Monday, 4 March 2024, Bob Builder of the very\nlong department <bob@example.org> wrote:", "> Shall we?"),
        ("Am 4. März 2024 um 10:00 schrieb Bob:", "> Sollen wir?"),
        ("Le lun. 4 mars 2024 à 10:00, Bob a écrit :", "> Alors ?"),
        ("El 4 mar 2024, Bob escribió:", "> ¿Sí?"),
        ("2024年3月4日 Bob 写道：", "> 好吗"),
        ("", "> Shall we?"),
    ],
)
def test_a_quoted_thread_at_the_end_is_left_out(attribution: str, quote: str) -> None:
    assert reply(f"Yes.\n\n{attribution}\n{quote}\n") == ("Yes.", ("a quoted thread",))


@pytest.mark.parametrize(
    "header",
    [
        "From: Bob\nSent: Monday, March 4, 2024 10:00 AM\nTo: Ann\nSubject: The dinghy",
        "-----Original Message-----\nFrom: Bob\nTo: Ann\nSubject: The dinghy",
        "From: Bob <bob@example.org>\nDate: 4 March 2024",
        "________________________________\nVon: Bob\nGesendet: Montag, 4. März 2024\nAn: Ann\nBetreff: Boot",
        "De : Bob\nEnvoyé : lundi 4 mars 2024\nÀ : Ann\nObjet : Bateau",
    ],
)
def test_what_outlook_quotes_is_left_out(header: str) -> None:
    assert reply(f"Yes.\n\n{header}\n\nShall we sell it?") == ("Yes.", ("a quoted thread",))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("> Shall we sell it?\n\nYes.\n\n> And the oars?\n\nNo.", "Re: Boat"),
        ("> Only a quote.", ""),
        ("See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Monday\n\nThe fee rises.", "Boat"),
        ("See below.\n\nFrom: Bob\nSent: Monday\nTo: Ann\n\nThe fee rises.", "FW: Fees"),
        ("Bring this:\n\n- rope\n-- \n" + "one more line\n" * 30 + "end", ""),
        ("From: here to there it is far.\n\nBob wrote a book: good.", ""),
        ("The word confidential is in this sentence.", ""),
        ("This message is confidential and privileged; the intended recipient may read it.", ""),
        ("-- \nOnly a signature", ""),
        ("Booked.\n\nFrom: Berlin\nTo: Munich\nDate: 4 March 2024\nSeat: 12\n\nAsk help@example.org.", "Your ticket"),
    ],
)
def test_content_is_kept(text: str, subject: str) -> None:
    assert reply(text, subject) == (text, ())


@pytest.mark.parametrize("below", ["-- \nAnn\nExample Ltd", "Sent from my iPhone", "Von meinem iPhone gesendet"])
def test_a_signature_is_left_out(below: str) -> None:
    assert reply(f"Yes.\n\n{below}") == ("Yes.", ("a signature",))


@pytest.mark.parametrize(
    "below",
    [
        "This e-mail is confidential and may be privileged. If you are not the intended recipient, delete it.",
        "____________\n\nDiese Nachricht ist vertraulich. Das unbefugte Kopieren ist nicht gestattet.",
    ],
)
def test_a_disclaimer_is_left_out(below: str) -> None:
    assert reply(f"Yes.\n\n{below}") == ("Yes.", ("a disclaimer",))


def test_all_of_them_may_stand_below_each_other() -> None:
    text = "Yes.\n\n-- \nAnn\n\nOn Mon, 4 Mar 2024, Bob wrote:\n> Shall we?\n"
    assert reply(text) == ("Yes.", ("a quoted thread", "a signature"))


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (
            '<p>Yes.</p><div class="gmail_quote"><div>Bob:</div><blockquote>Shall we?</blockquote></div>',
            1,
        ),
        ('<p>Yes.</p><div class="moz-cite-prefix">Bob wrote:</div><blockquote type="cite">Shall we?</blockquote>', 1),
        ('<p>Yes.</p><div id="divRplyFwdMsg">From: Bob</div><div>Shall we?</div>', 1),
        ('<p>Yes.</p><blockquote type="cite">One?</blockquote><p>No.</p>', 3),
        ('<p>See.</p><div class="gmail_quote"><div>---------- Forwarded message ---------</div>The fee.</div>', 3),
        ('<blockquote type="cite">Only a quote.</blockquote>', 1),
    ],
)
def test_the_quotes_of_mail_programs_in_pages_are_left_out_at_the_end(page: str, kept: int) -> None:
    from askew.documents.formats.web.html import tree
    from askew.documents.formats.web.walk import walked

    root = tree(page)
    left_out = mark_thread(root)
    assert len(walked(root).split("\n\n")) == kept
    assert left_out == (("a quoted thread",) if page.startswith("<p>Yes.") and "One?" not in page else ())
