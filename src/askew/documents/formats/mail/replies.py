"""Replies: what a mail itself says, without the quoted thread, the signature and the disclaimer below it."""

import re
from collections.abc import Sequence
from typing import Any

from askew.documents.formats.web.boilerplate import MARK
from askew.documents.formats.xml import local

# "On Monday, 4 March 2024, Bob wrote:", and what mail programs write for it in other languages.
WROTE = re.compile(
    r"wrote|writes|schrieb|schreibt|a écrit|écrivait|escribió|escribi[oó]|escreveu|ha scritto|schreef|heeft geschreven"
    r"|skrev|kirjoitti|napsal|napísal|napisał|írta|написал|пише|пишет|пишува|yazdı|έγραψε|a scris|je napisa[ol]"
    r"|写道|寫道|書きました|のメール|작성",
    re.IGNORECASE,
)
DATED = re.compile(r"\d")
LONGEST_ATTRIBUTION = 300
RULE = re.compile(
    r"\s*(?:[-_=]{5,}|-{2,}\s*(?:original message|original appointment|ursprüngliche (?:nachricht|mail)"
    r"|message d.origine|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    r"|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|původní zpráva|wiadomość oryginalna"
    r"|исходное сообщение|原始邮件|原始郵件|元のメッセージ)\s*-{2,})\s*",
    re.IGNORECASE,
)
# The header of a quoted mail as Outlook writes it: its first line, and those of which one must follow.
FROM = re.compile(
    r"\s*\**(?:From|Von|De|Da|Van|Från|Fra|Lähettäjä|Od|От|Από|Kimden|发件人|寄件者|差出人)\s?[:：]\**\s*\S"
)
SENT = re.compile(
    r"\s*\**(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Enviada|Fecha|Data|Inviato|Verzonden|Skickat|Sendt|Lähetetty|Odesláno"
    r"|Wysłano|Отправлено|Дата|Gönderme|To|An|À|Para|A|Aan|Till|Til|发送时间|寄件日期|送信日時|收件人)[^\n:：]{0,15}[:：]",
)
SUBJECT = re.compile(
    r"\s*\**(?:Subject|Betreff|Betrifft|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Aihe|Předmět|Predmet|Temat|Тема"
    r"|Θέμα|Konu|主题|主旨|件名)[^\n:：]{0,3}[:：]"
)
LONGEST_HEADER = 7  # lines
FORWARDED = re.compile(
    r"forwarded message|begin forwarded|weitergeleitete nachricht|anfang der weitergeleiteten|message transféré"
    r"|message réexpédié|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht"
    r"|vidarebefordrat|videresendt|přeposlaná zpráva|przekazana wiadomość|пересылаемое сообщение"
    r"|转发邮件|轉寄郵件|転送メッセージ",
    re.IGNORECASE,
)
FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|doorst|vs|vl|pd|转发|轉寄)\s*[:：]", re.IGNORECASE)
SENT_FROM = re.compile(
    r"(?:sent from (?:my|mail|outlook|yahoo)|get outlook for|von meinem \S+ gesendet|gesendet von|gesendet mit"
    r"|envoyé (?:de|depuis) mon|enviado desde mi|enviado do meu|inviato da|verstuurd vanaf|skickat från)\b.{0,60}",
    re.IGNORECASE,
)
LONGEST_SIGNATURE = 12  # lines
DISCLAIMER = re.compile(
    r"confidential|privileged|intended (?:solely|only|exclusively|for)|intended recipient"
    r"|not the (?:named |intended )?addressee"
    r"|received (?:this|it) (?:e-?mail|message|transmission)?.{0,20}in error|unauthori[sz]ed"
    r"|delete (?:this|it|the)|virus|disclaimer|please consider the environment|vertraulich|irrtümlich"
    r"|unbefugt|rechtlich geschützt"
    r"|confidentiel|par erreur|destinataire|confidencial|por error|destinatario|riservat|per errore|vertrouwelijk"
    r"|ten onrechte|konfidentiell|poufn|конфиденциал",
    re.IGNORECASE,
)
FEWEST_SIGNS = 2  # of a disclaimer, in one paragraph
# Classes and ids of the elements in which mail programs quote, and in which they say whom.
QUOTES = frozenset({"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "zmail_extra"})
OUTLOOK_QUOTES = frozenset({"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container"})
ATTRIBUTIONS = frozenset({"moz-cite-prefix", "gmail_attr"})


def reply(text: str, subject: str = "") -> tuple[str, tuple[str, ...]]:
    """Return what a mail itself says, and what was left out below it.

    A forwarded mail is what the mail says, and so is a reply between quotes. If nothing else would be left, the text is
    whole.
    """
    left_out: list[str] = []
    lines = text.rstrip().split("\n")
    kept = lines[: _thread(lines, is_forward=bool(FORWARD.match(subject) or FORWARDED.search(text)))]
    if len(kept) < len(lines):
        left_out.append("a quoted thread")
    for name, start in (("a signature", _signature), ("a disclaimer", _disclaimer), ("a signature", _signature)):
        end = start(kept)
        if end < len(kept) and _has_words(kept[:end]):
            kept = kept[:end]
            left_out.append(name)
    return "\n".join(kept).rstrip(), tuple(dict.fromkeys(left_out))


def mark_thread(root: Any) -> tuple[str, ...]:
    """Mark the quoted thread at the end of a page, by the elements of mail programs, and say so."""
    quotes = [element for element in root.iter("{*}div", "{*}blockquote") if _is_quote(element)]
    if not quotes or FORWARDED.search("".join(quotes[0].itertext())[: 2 * LONGEST_ATTRIBUTION]):
        return ()
    first = quotes[0]
    thread = [first, *first.itersiblings()] if first.get("id") in OUTLOOK_QUOTES else [first]
    before, after = _around(root, thread)
    if not before or after:
        return ()
    for element in (*thread, *(one for one in [first.getprevious()] if one is not None and _is_attribution(one))):
        element.set(MARK, "around")
    return ("a quoted thread",)


def _is_quote(element: Any) -> bool:
    names = (element.get("class") or "").split()
    is_cited = element.tag.endswith("blockquote") and element.get("type") == "cite"
    return is_cited or bool(QUOTES & set(names)) or element.get("id") in OUTLOOK_QUOTES


def _is_attribution(element: Any) -> bool:
    return isinstance(element.tag, str) and bool(ATTRIBUTIONS & set((element.get("class") or "").split()))


def _around(root: Any, thread: Sequence[Any]) -> tuple[bool, bool]:
    """Return whether there are words before the elements of a thread, and after them."""
    within = {part for element in thread for part in element.iter()}
    found = [False, False]
    is_after = False
    for part in root.iter():
        is_after = is_after or part is thread[0]
        own = part.text if part not in within and local(part) not in ("style", "script", "title") else ""
        tail = part.tail if part not in within or part in thread else ""
        found[is_after] |= any(map(str.isalnum, f"{own or ''}{tail or ''}"))
    return found[0], found[1]


def _has_words(lines: Sequence[str]) -> bool:
    return any(any(map(str.isalnum, line)) for line in lines)


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def _thread(lines: Sequence[str], is_forward: bool) -> int:
    """Return the line from which on a mail only quotes; the number of lines if it does not."""
    end = len(lines)
    below = end
    while below and (not lines[below - 1].strip() or _is_quoted(lines[below - 1])):
        below -= 1
    if any(map(_is_quoted, lines[below:])):
        below = _attribution(lines, below)
        end = below if _has_words([line for line in lines[:below] if not _is_quoted(line)]) else end
    return end if is_forward else min(end, _outlook(lines))


def _attribution(lines: Sequence[str], below: int) -> int:
    """Return the line where "On Monday, Bob wrote:", which may be broken, begins above a quote; else `below`."""
    last = below
    while last and not lines[last - 1].strip():
        last -= 1
    for count in (1, 2, 3):
        said = " ".join(lines[max(0, last - count) : last]).strip()
        if count > last or not said.endswith((":", "：")) or len(said) > LONGEST_ATTRIBUTION or not WROTE.search(said):
            continue
        if count == 1 or "@" in said or DATED.search(said):
            return last - count
    return below


def _outlook(lines: Sequence[str]) -> int:
    """Return the line of the header, or of the rule above, from which on Outlook quotes; else the number of lines."""
    for number, line in enumerate(lines):
        if _is_header(lines, number):
            above = number
            while above and (not lines[above - 1].strip() or RULE.fullmatch(lines[above - 1])):
                above -= 1
            return above if _has_words(lines[:above]) else len(lines)
        said = " ".join(lines[number : number + 2])
        ends = [one for one in (line, said) if one.rstrip().endswith((":", "："))]
        if ends and any(WROTE.search(one) and DATED.search(one) and len(one) < LONGEST_ATTRIBUTION for one in ends):
            rest = [one for one in lines[number + 1 :] if one.strip()]
            if rest and all(map(_is_quoted, rest[1:])) and _has_words(lines[:number]):
                return number
    return len(lines)


def _is_header(lines: Sequence[str], number: int) -> bool:
    """Return whether the header of a quoted mail begins in a line. It has a subject, an address or "Original Message"
    above it, which an itinerary, from one place to another, has not.
    """
    first, *more = lines[number : number + LONGEST_HEADER]
    if not FROM.match(first) or not any(map(SENT.match, more[:3])):
        return False
    above = lines[number - 1] if number else ""
    return (
        any(map(SUBJECT.match, more))
        or any("@" in line for line in (first, *more) if FROM.match(line) or SENT.match(line))
        or bool(RULE.fullmatch(above) and any(map(str.isalpha, above)))
    )


def _signature(lines: Sequence[str]) -> int:
    """Return the line of "-- ", if a signature may be below it, or of "Sent from my …"; else the number of lines."""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].rstrip() in ("--", "\u2014") and len(lines) - number <= LONGEST_SIGNATURE + 1:
            return number
    last = next((number for number in range(len(lines) - 1, -1, -1) if lines[number].strip()), -1)
    return last if last >= 0 and SENT_FROM.fullmatch(lines[last].strip()) else len(lines)


def _disclaimer(lines: Sequence[str]) -> int:
    """Return the line where the last paragraphs, if they are legal ones, begin; else the number of lines."""
    end = len(lines)
    while end:
        start = end
        while start and lines[start - 1].strip():
            start -= 1
        paragraph = " ".join(lines[start:end])
        signs = {sign.lower() for sign in DISCLAIMER.findall(paragraph)}
        if paragraph.strip() and not set(paragraph.strip()) <= set("-_*= ") and len(signs) < FEWEST_SIGNS:
            break
        end = start - 1 if start else 0
    end = max(end, 0)
    return end if any(DISCLAIMER.search(line) for line in lines[end:]) else len(lines)
