"""Parser for mails that Outlook saves (MSG)."""

import codecs
import re

from askew.documents.encodings import LABELS
from askew.documents.formats.draft import Draft, clean, iso
from askew.documents.formats.mail.message import composed, unencoded
from askew.documents.formats.mail.replies import mark_thread, reply
from askew.documents.formats.markup import plain
from askew.documents.formats.web import html

EXCHANGE = re.compile(r"</o=[^>]*>", re.IGNORECASE)  # the name of a mailbox within Exchange, which is no address
QUOTED = re.compile(r'^"([^"]*)"')
RTF = 0x1009
"""Number of the property that holds a text in RTF."""


def parse(data: bytes) -> Draft:
    from oxmsg import Message as Saved

    codecs.register(_codec)  # the library asks Python for windows-950, which is big5 here
    saved = Saved.load(data)
    subject = unencoded(saved.subject or "").strip("\0 ")
    body = plain(clean(saved.body or "")).strip("\0 \n")
    left_out: list[str] = []
    if not body and saved.html_body:
        body, hidden = html.page_text(saved.html_body.encode(), "utf-8", mark_thread)
        left_out += hidden
    if not body and saved.properties.binary_prop_value(RTF):
        left_out.append("the text, which is RTF")
    text, rest = reply(body, subject)
    headers: dict[str, str] = {name.lower(): unencoded(value) for name, value in saved.message_headers.items()}
    people = ", ".join(f"{one.name} <{one.email_address}>" for one in saved.recipients)
    date = iso(saved.sent_date)
    sender = QUOTED.sub(r"\1", EXCHANGE.sub("", unencoded(saved.sender or "")).strip())
    about = {"from": sender, "to": headers.get("to") or people, "cc": headers.get("cc", ""), "date": date}
    attached = [one.file_name or "mail" for one in saved.attachments]
    return composed(text, subject, attached, [*left_out, *rest], {**about, "author": sender, "created": date})


def _codec(name: str) -> codecs.CodecInfo | None:
    found = LABELS.get(name.replace("_", "-"), "")
    return codecs.lookup(found) if found else None
