"""Parser for e-mail (EML): the body, and the names of attachments, which are not opened."""

from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from askew.documents.formats import html
from askew.documents.formats.draft import Draft, UnusableError, draft, iso, one_line
from askew.documents.formats.markup import plain

HEADERS = ("from", "to", "subject", "date", "message-id")


def parse(data: bytes) -> Draft:
    message = BytesParser(policy=policy.default).parsebytes(data)
    if not isinstance(message, EmailMessage) or not any(_header(message, name) for name in HEADERS):
        raise UnusableError("not an e-mail: no From, To, Subject, Date or Message-ID header")
    subject, sender, date = _header(message, "subject"), _header(message, "from"), iso(_date(message))
    attached = [name for name in map(_name, message.iter_attachments()) if name]
    parts = [_body(message), f"Attachments: {', '.join(attached)}" if attached else ""]
    text = "\n\n".join(filter(None, parts)) or plain(subject)
    found = {"from": sender, "to": _header(message, "to"), "date": date}
    return draft(text, [subject], **found, author=sender, created=date)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header; falls back to the raw value if the library cannot parse it."""
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        return one_line(next((str(value) for key, value in message.raw_items() if key.lower() == name), ""))


def _date(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(_header(message, "date"))
    except (ValueError, TypeError, IndexError):
        return None


def _body(message: EmailMessage) -> str:
    """Return the plain-text body, or the HTML body if there is no plain text."""
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        data = part.get_payload(decode=True) if isinstance(part, EmailMessage) else b""
        if not isinstance(data, bytes) or not data.strip():
            continue
        charset = part.get_content_charset("") if part is not None else ""
        text = plain(_text(data, charset)).strip() if kind == "plain" else _page(data, charset)
        if text:
            return text
    data = message.get_payload(decode=True)  # declared as multipart, but without parts
    return plain(_text(data, "")).strip() if isinstance(data, bytes) else ""


def _text(data: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", "replace")


def _page(data: bytes, charset: str) -> str:
    return html.page_text(data, charset)[0]


def _name(part: EmailMessage) -> str:
    name = part.get_filename("")
    if not name and part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0)
        name = _header(inner, "subject") if isinstance(inner, EmailMessage) else ""
    return one_line(name)
