"""Parser for e-mail (EML, MBOX) and for pages saved as MIME (MHTML): the parts that a mail program shows, in order."""

import binascii
import codecs
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email._policybase import Compat32
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from askew.documents.encodings import decoded_text
from askew.documents.formats.draft import Draft, UnusableError, clean, draft, iso, one_line
from askew.documents.formats.mail.replies import mark_thread, reply
from askew.documents.formats.markup import heading, plain
from askew.documents.formats.web import html

HEADERS = ("from", "to", "subject", "date", "message-id")
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
# Fields that follow a line that is none; without them, the body begins there.
KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|mime-version|content-[a-z-]+|message-id|received|reply-to|return-path):", re.I
)
MOST_BANNER = 20  # lines before the first field
ENCODED = re.compile(r"=\?([\w.:-]+)(?:\*[\w-]*)?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
BETWEEN_ENCODED = re.compile(r"(\?=)\s+(?==\?[\w.:*-]+\?[bq]\?)", re.IGNORECASE)
DEEPEST = 8  # mails within mails
STUB = re.compile(
    r"\bhtml\b|in (?:your|a|the) browser|im browser|mail (?:client|program|reader|app)|mail-programm|navigateur"
    r"|navegador",
    re.IGNORECASE,
)
MOST_STUB = 60  # words
ENOUGH = 0.8  # share of the words of the page, from which on the plain text is preferred
RICH = re.compile(r"^(?:\||#{1,6} )", re.MULTILINE)
STARTS = re.compile(rb"^From [^\n]*\d{2}:\d{2}[^\n]*\r?\n", re.MULTILINE)
ENCRYPTED = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
MOST_NAMED = 20  # attachments


def parse(data: bytes) -> Draft:
    return _draft([_Mail(_message(data))])


def parse_mbox(data: bytes) -> Draft:
    """Parse an archive of mails: each has its subject as a heading."""
    starts = [found for found in STARTS.finditer(data) if _is_border(data, found.start())]
    if not starts:
        return parse(data)
    ends = [*(found.start() for found in starts[1:]), len(data)]
    raws = [data[found.end() : end] for found, end in zip(starts, ends, strict=True)]
    return _draft([_Mail(_message(re.sub(rb"(?m)^>(>*From )", rb"\1", raw), is_known=True)) for raw in raws])


def parse_mhtml(data: bytes) -> Draft:
    """Parse a page that a browser saved with its pictures: the first part that is a page."""
    message = _message(data, is_known=True)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            return html.parse(_bytes(part), part.get_content_charset(""))
    raise UnusableError("no page in it")


def _is_border(data: bytes, start: int) -> bool:
    return start == 0 or data[max(0, start - 4) : start].endswith((b"\n\n", b"\n\r\n"))


def _headed(data: bytes) -> bytes:
    """Return a mail that begins with its fields: without mark, banner, blank lines and lines that are no fields."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)) or b"\0" in data[:64]:
        data = decoded_text(data)[0].encode()
    lines = data.split(b"\n")
    first = next((number for number, line in enumerate(lines[:MOST_BANNER]) if FIELD.match(line)), 0)
    end = next((number for number, line in enumerate(lines[first:], first) if not line.strip()), len(lines))
    kept = list(lines[first:end])
    for number in range(len(kept) - 1, -1, -1):
        line = kept[number]
        if line[:1] in (b" ", b"\t") or FIELD.match(line):
            continue
        if not any(map(KNOWN.match, kept[number + 1 :])):
            return b"\n".join([*kept[:number], b"", *kept[number:], *lines[end:]])
        del kept[number]
    return b"\n".join([*kept, *lines[end:]])


def _message(data: bytes, is_known: bool = False) -> Message:
    """Parse a mail. is_known: it is one, whatever fields it has."""
    message = BytesParser(policy=_Policy()).parsebytes(_headed(data))
    if not is_known and not any(header(message, name) for name in HEADERS):
        raise UnusableError("not an e-mail: no From, To, Subject, Date or Message-ID header")
    return message


def header(message: Message, name: str) -> str:
    return one_line(unencoded(next((str(value) for key, value in message.raw_items() if key.lower() == name), "")))


def unencoded(value: str) -> str:
    """Decode encoded words (RFC 2047), of which neighbours may share a character, and bytes beyond ASCII."""
    value = _eight_bit(value)
    joined: list[tuple[str, bytes]] = []
    parts: list[str] = []

    def flush() -> None:
        parts.extend(decoded_text(data, charset)[0] for charset, data in joined)
        joined.clear()

    value, end = BETWEEN_ENCODED.sub(r"\1", value), 0
    for word in ENCODED.finditer(value):
        if word.start() > end:
            flush()
            parts.append(value[end : word.start()])
        charset, data = word[1].lower(), _word(word[2].lower(), word[3])
        if joined and joined[-1][0] == charset:
            data = joined.pop()[1] + data
        joined.append((charset, data))
        end = word.end()
    flush()
    return "".join([*parts, value[end:]])


def _eight_bit(value: str) -> str:
    """Decode bytes beyond ASCII in a header, which the standard library keeps as surrogates."""
    if not any("\udc80" <= character <= "\udcff" for character in value):
        return value
    return decoded_text(value.encode("utf-8", "surrogateescape"))[0]


class _Policy(Compat32):
    """The headers as they are written, with bytes beyond ASCII decoded."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return _eight_bit(value)


def _word(kind: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if kind == "q":
        return quopri.decodestring(raw, header=True)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw


@dataclass
class _Mail:
    """A message with what was read of it. attached: names of parts that were not opened. left_out: other parts."""

    message: Message
    depth: int = 0
    attached: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return header(self.message, "subject")

    def text(self) -> str:
        return "\n\n".join(filter(None, self._parts(self.message)))

    def _parts(self, part: Message) -> Iterator[str]:
        """Yield the text of each part that is shown."""
        kind = part.get_content_type()
        inner = [one for one in part.get_payload() if isinstance(one, Message)] if part.is_multipart() else []
        if kind == "message/rfc822" or (kind == "message/partial" and inner):
            for one in inner:
                yield self._inner(one)
        elif kind == "message/delivery-status":
            yield "\n".join(
                f"{name}: {one_line(unencoded(str(value)))}" for one in inner for name, value in one.raw_items()
            )
        elif kind == "multipart/alternative":
            yield from self._richest(inner)
        elif inner:
            root = _root(part, inner) if kind == "multipart/related" else None
            for one in inner:
                if root in (None, one):
                    yield from self._parts(one)
                else:
                    self._attach(one, is_embedded=True)
        elif self._is_shown(part, kind):
            yield self._shown(part, kind)
        else:
            self._attach(part)

    def _is_shown(self, part: Message, kind: str) -> bool:
        if kind == "text/calendar" or (
            part is self.message and not kind.startswith(("image/", "application/", "audio/", "video/"))
        ):
            return True
        return kind.startswith("text/") and kind != "text/x-amp-html" and part.get_content_disposition() != "attachment"

    def _shown(self, part: Message, kind: str) -> str:
        data, charset = _bytes(part), part.get_content_charset("")
        if kind == "text/html":
            try:
                text, hidden = html.page_text(data, charset, mark_thread)
            except UnusableError:
                return ""
            self.left_out += hidden
            return self._own(text)
        text = clean(decoded_text(data, charset)[0])
        if kind == "text/calendar":
            return calendar(text)
        if kind == "text/enriched":
            text = re.sub(r"<[^<>]*>", "", text)
        if str(part.get_param("format", "")).lower() == "flowed":
            text = unflowed(text, is_spaced=str(part.get_param("delsp", "")).lower() != "yes")
        return self._own(plain(text).strip())

    def _own(self, text: str) -> str:
        """Return what the mail itself says in one of its parts."""
        text, left_out = reply(text, self.subject)
        self.left_out += left_out
        return text

    def _richest(self, inner: Sequence[Message]) -> Iterator[str]:
        """Yield the text of the alternative that says most: the plain one, unless the page has more, or tables."""
        texts: dict[str, str] = {}
        missing: dict[str, list[str]] = {}
        before, self.left_out = self.left_out, []
        for one in inner:
            text = "\n\n".join(filter(None, self._parts(one)))
            texts[one.get_content_type()] = text
            missing[text], self.left_out = self.left_out, []
        simple = texts.pop("text/plain", "")
        invitation = texts.pop("text/calendar", "")
        page = max(texts.values(), key=len, default="")
        words, more = len(simple.split()), len(page.split())
        is_stub = words < MOST_STUB and bool(STUB.search(simple)) and more > 0
        chosen = (
            page if page and (is_stub or RICH.search(page) or words < ENOUGH * more) and 2 * more > words else simple
        )
        self.left_out = before + missing.get(chosen, [])
        yield chosen
        if invitation.partition("\n")[0] not in chosen or not chosen:
            yield invitation

    def _inner(self, message: Message) -> str:
        """Return the text of a mail within this one, with its subject, sender and date."""
        if self.depth >= DEEPEST:
            self.attached.append(header(message, "subject") or "mail")
            return ""
        mail = _Mail(message, self.depth + 1)
        made = mail.whole()
        self.attached += mail.attached
        self.left_out += mail.left_out
        return made

    def whole(self) -> str:
        """Return the text with the subject as heading, the sender and the date, as among other mails."""
        about = [f"From: {header(self.message, 'from')}", f"Date: {header(self.message, 'date')}"]
        shown = "\n".join(line for line in about if not line.endswith(": "))
        return "\n\n".join(filter(None, (heading(2, self.subject), plain(shown), self.text())))

    def _attach(self, part: Message, is_embedded: bool = False) -> None:
        """Take note of a part that is not opened, but not of the pictures of a page."""
        name = one_line(unencoded(part.get_filename("") or ""))
        kind = part.get_content_type()
        if kind in ENCRYPTED:
            self.left_out.append("an encrypted part")
        elif kind not in SIGNATURES and (not is_embedded or (name and not kind.startswith("image/"))):
            self.attached.append(name or kind)


def _root(part: Message, inner: Sequence[Message]) -> Message:
    start = str(part.get_param("start", "")).strip("<>")
    return next((one for one in inner if start and str(one.get("content-id", "")).strip("<> ") == start), inner[0])


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _draft(mails: Sequence[_Mail]) -> Draft:
    one = mails[0] if len(mails) == 1 else None
    if one is None:
        made = _made("\n\n".join(mail.whole() for mail in mails), "", mails, {})
        return replace(made, metadata={"mails": len(mails)})
    text = one.text()
    date = iso(_date(one.message))
    names = {name: header(one.message, name) for name in ("from", "to", "cc")}
    language = header(one.message, "content-language")
    about = {**names, "date": date, "author": names["from"], "created": date, "language": language}
    return _made(text, one.subject, mails, about)


def _made(text: str, subject: str, mails: Sequence[_Mail], about: Mapping[str, str]) -> Draft:
    attached = [name for mail in mails for name in mail.attached]
    return composed(text, subject, attached, [part for mail in mails for part in mail.left_out], about)


def composed(
    text: str, subject: str, attached: Sequence[str], left_out: Sequence[str], about: Mapping[str, str]
) -> Draft:
    """Make a draft of a mail. attached: names of what was not opened, which are in the text too."""
    names = ", ".join(attached[:MOST_NAMED]) + (" …" if len(attached) > MOST_NAMED else "")
    count = f"{len(attached)} attachment{'s' if len(attached) > 1 else ''}: {names}"
    parts = [text, plain(f"Attachments: {', '.join(attached)}") if attached else ""]
    made = draft("\n\n".join(filter(None, parts)) or plain(subject), [subject], **about)
    told = (*dict.fromkeys(left_out), *([count] if attached else ()))
    return replace(made, title=made.title if subject else "", left_out=told)


def _date(message: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(header(message, "date"))
    except (ValueError, TypeError, IndexError):
        return None


def unflowed(text: str, is_spaced: bool) -> str:
    """Join the lines of format=flowed (RFC 3676), of which those that end with a space go on."""
    lines: list[str] = []
    before = -1  # depth of the quote that goes on
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        goes_on = words.endswith(" ") and words != "-- "
        shown = words if is_spaced or not goes_on else words[:-1]
        if depth == before:
            lines[-1] += shown
        else:
            lines.append(f"{'>' * depth} {shown}" if depth else shown)
        before = depth if goes_on else -1
    return "\n".join(line if line == "-- " else line.rstrip() for line in lines)


def calendar(text: str) -> str:
    """Return what an invitation says (RFC 5545): summary, place, time and description of each event."""
    events: list[dict[str, str]] = []
    for line in re.sub(r"\n[ \t]", "", text).split("\n"):
        name, _, value = line.partition(":")
        key = name.partition(";")[0].strip().upper()
        if line.strip().upper() in ("BEGIN:VEVENT", "BEGIN:VTODO"):
            events.append({})
        elif events and key in ("SUMMARY", "LOCATION", "DTSTART", "DTEND", "DESCRIPTION"):
            events[-1].setdefault(key, _unescaped(value))
    return "\n\n".join(filter(None, map(_event, events)))


def _event(event: Mapping[str, str]) -> str:
    start, end = (_time(event.get(name, "")) for name in ("DTSTART", "DTEND"))
    lines = [
        event.get("SUMMARY", ""),
        f"Place: {event['LOCATION']}" if event.get("LOCATION") else "",
        f"Time: {start}{f' to {end}' if end else ''}" if start else "",
        event.get("DESCRIPTION", ""),
    ]
    return plain("\n".join(filter(None, lines)))


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _time(value: str) -> str:
    """Return 20240601T180000Z as 2024-06-01 18:00 UTC; anything else as it is."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value.strip())
    if found is None:
        return value.strip()
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else day
