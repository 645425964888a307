"""Character encodings: of a file's bytes, by byte order mark, UTF-8 validity, declaration, then detection."""

import codecs
import re
from collections.abc import Mapping

from askew.documents.formats.draft import UnusableError

UTF_8 = "utf-8"
MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# The labels of the WHATWG Encoding Standard, and of mail programs, that Python does not know.
LABELS = {
    **dict.fromkeys(("x-sjis", "ms_kanji", "windows-31j", "ms932"), "cp932"),
    **dict.fromkeys(("x-gbk", "gb_2312", "gb_2312-80", "csgb2312", "x-x-gbk"), "gb18030"),
    **dict.fromkeys(("x-x-big5", "cn-big5", "windows-950", "x-windows-950"), "big5hkscs"),
    **dict.fromkeys(("x-euc-jp", "cseucpkdfmtjapanese"), "euc_jp"),
    **dict.fromkeys(
        ("windows-949", "x-windows-949", "windows-51949", "cseuckr", "csksc56011987", "iso-ir-149", "ksc_5601"), "cp949"
    ),
    **dict.fromkeys(("ks_c_5601-1989", "ksc5601-1987"), "cp949"),
    **dict.fromkeys(("windows-874", "dos-874", "x-windows-874"), "cp874"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "csiso88598e", "csiso88598i", "logical", "visual"), "cp1255"),
    **dict.fromkeys(("iso-8859-6-e", "iso-8859-6-i", "csiso88596e", "csiso88596i"), "iso8859-6"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    "koi8-ru": "koi8-u",
    "sun_eu_greek": "iso8859-7",
    "csisolatin9": "iso8859-15",
    **dict.fromkeys(("x-mac-roman", "mac", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"), UTF_8),
}
# What programs write under a name, which is more than the standard of that name allows.
SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "euc_jp": "euc_jis_2004",
    "iso2022_jp": "iso2022_jp_ext",
}
SHOWN = {
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "cp874": "windows-874",
    "big5hkscs": "big5",
    "euc_jis_2004": "euc-jp",
    "iso2022_jp_ext": "iso-2022-jp",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    "cp866": "ibm866",
}
SHIFTED = ("iso2022", "hz", "utf-7", "utf_7")  # codecs whose bytes are all ASCII, and so valid UTF-8
C1 = {number: bytes([number]).decode("cp1252", "ignore") or chr(number) for number in range(0x80, 0xA0)}
HIGH = re.compile(rb"[\x80-\xff]")
LOOKED_AT = 1 << 15
MOST_DAMAGE = 0.05  # share of undecodable characters among all that are not ASCII
WESTERN = 0.9  # share of the characters beyond ASCII that must fit one language
MOST_ACCENTS = 0.4  # share of letters beyond ASCII; above it, the script is not Latin
SIGNS = frozenset("–—‘’“”„…«»‹›•·€£§°©®™±²³¹¼½¾×µ¿¡ºª†‡‰\u00a0\u00ad")
APOSTROPHES = "’·\u00ad"
# The letters of each language, by the codec that its files have; earlier codecs win ties.
LATIN: Mapping[str, tuple[str, ...]] = {
    "cp1252": (
        "äöüß",
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúü",
        "ãáâàçéêíóôõú",
        "àèéìòù",
        "åäöéü",
        "æøåéèêòó",
        "áðéíóúýþæö",
        "éëïóèêü",
        "çàèéíïòóúü",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ"),
    "iso8859_2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž"),
    "cp1254": ("çğıiöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "mac-roman": ("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "ãáâàçéêíóôõú", "åäöéü", "æøåéèêòó"),
    "cp850": ("äöüß", "àâæçéèêëîïôùûü", "áéíñóúü", "åäöéü", "æøåéèêòó"),
}
# The most frequent letters of other alphabets in one byte, which are more than half of any text.
FREQUENT = {
    "cp1251": "оеаинтсріъ",
    "koi8_r": "оеаинтср",
    "cp866": "оеаинтср",
    "cp1253": "αοιετσνηρυ",
    "cp1255": "יוהלאתמרשבנ",
    "cp1256": "الينموترهب",
    "cp874": "านรอกเง่มยลวดท",
}
OTHERS = (*FREQUENT, "cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "cp1252")


def decoded_text(data: bytes, declared: str = "", forced: str | None = None) -> tuple[str, str]:
    """Return the text and the name of the encoding that was taken.

    A byte order mark comes first, then UTF-16 by its zeros, valid UTF-8, the declared encoding, and detection. An
    unknown declaration, or one that the bytes contradict, is ignored; single bad characters are replaced.
    forced: an encoding that is taken in any case. Raises UnusableError if it is unknown.
    """
    for mark, name in MARKS.items():
        if data.startswith(mark) and not forced:
            return data[len(mark) :].decode(name, "replace"), _shown(name.removesuffix("-le").removesuffix("-be"))
    if forced:
        codec = known(forced)
        if not codec:
            raise UnusableError(f"unknown encoding {forced!r}")
        return _text(data, codec).removeprefix("\ufeff"), _shown(codec)
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace"), "utf-16"
    return _narrow(data, known(declared))


def read_as(name: str) -> tuple[str, ...]:
    """Return the note for `Draft.notes` about an encoding; () for UTF-8, which is what is expected."""
    return () if name == UTF_8 else (f"read as {name}",)


def known(label: str) -> str:
    """Return Python's codec for a label, the widest that programs use under it; "" for an unknown label."""
    name = label.strip().strip("\"'").lower()
    name = re.sub(r"^iso(8859)-?(\d+)$", r"iso\1-\2", re.sub(r"^x-(?=cp125\d$)", "", name))
    try:
        found = codecs.lookup(LABELS.get(name, name))
        text = isinstance(b"".decode(found.name), str)  # codecs also include base64
    except (LookupError, ValueError):
        return ""
    return SUPERSETS.get(found.name, found.name) if text else ""


def _narrow(data: bytes, declared: str) -> tuple[str, str]:
    """Decode bytes that are not UTF-16. declared: a codec, or "" for none."""
    if declared.startswith(SHIFTED) or b"\x1b$" in data[:LOOKED_AT]:
        codec = declared if declared.startswith(SHIFTED) else "iso2022_jp_ext"
        text = _text(data, codec)
        if _damage(text) == 0:
            return text, _shown(codec)
    try:
        return data.decode(UTF_8), UTF_8
    except UnicodeDecodeError as error:
        if _is_damaged_utf_8(data, error.start):
            return data.decode(UTF_8, "askew-mixed"), UTF_8
    if declared and not declared.startswith(("utf", *SHIFTED)):
        text = _text(data, declared)
        if _damage(text) <= MOST_DAMAGE:
            return text, _shown(declared)
    codec = _detected(_sample(data))
    return _text(data, codec), _shown(codec)


def _shown(codec: str) -> str:
    """Return the name of a codec in the WHATWG standard."""
    if codec in SHOWN:
        return SHOWN[codec]
    return re.sub(r"^cp(125\d)$", r"windows-\1", codec).replace("iso8859", "iso-8859").replace("_", "-")


def _text(data: bytes, codec: str) -> str:
    text = data.decode(codec, "replace")
    return text.translate(C1) if codec.startswith("iso8859") else text


def _damage(text: str) -> float:
    """Return the share of undecodable characters among those beyond ASCII."""
    bad = text.count("\ufffd")
    return bad / sum(character > "\x7f" for character in text) if bad else 0.0


def _wide(data: bytes) -> str:
    """Return the codec of UTF-16 without a byte order mark, where every other byte of Latin text is zero."""
    start = data[: LOOKED_AT // 8 * 2]
    if len(start) < 4 or not start.count(0):
        return ""
    even, odd, half = start[::2].count(0), start[1::2].count(0), len(start) // 2
    if max(even, odd) < 0.3 * half or min(even, odd) > 0.02 * half:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _mixed(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that are not UTF-8 among others that are, as joined files have them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("askew-mixed", _mixed)


def _is_damaged_utf_8(data: bytes, first: int) -> bool:
    """Return whether most characters beyond ASCII are valid UTF-8, where longer ones weigh more. first: bad byte."""
    text = data[max(0, first - LOOKED_AT) : first + LOOKED_AT].decode(UTF_8, "surrogateescape")
    bad = sum("\ud800" <= character <= "\udfff" for character in text)
    good = sum((len(character.encode()) - 1) ** 2 for character in text if "\x7f" < character < "\ud800")
    good += sum(4 for character in text if character > "\udfff")
    return good >= 2 * bad


def _sample(data: bytes) -> bytes:
    """Return whole lines, if lines are not too long, from the first byte on that is not ASCII."""
    found = HIGH.search(data)
    first = found.start() if found else 0
    start = max(data.rfind(b"\n", 0, first) + 1, first - LOOKED_AT // 2)
    part = data[start : start + LOOKED_AT]
    if start + LOOKED_AT >= len(data):
        return part
    return part[: max(part.rfind(b"\n"), part.rfind(b" ")) + 1] or part


def _detected(sample: bytes) -> str:
    """Return the likeliest codec: one whose Latin languages have these accents, else what charset-normalizer finds."""
    score, latin = max(((_fit(sample, codec), codec) for codec in LATIN), key=lambda pair: pair[0])
    if score >= WESTERN:
        return latin
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(OTHERS), enable_fallback=False).best()
    found = known(best.encoding) if best else ""
    if found in FREQUENT:
        return max(FREQUENT, key=lambda codec: _frequent(sample, codec))
    if found and found != "cp1252":
        return found
    return latin if score > WESTERN / 2 else "cp1252"


def _frequent(sample: bytes, codec: str) -> float:
    """Return the share of the characters beyond ASCII that are among the most frequent letters of an alphabet."""
    beyond = [character for character in sample.decode(codec, "replace") if character > "\x7f"]
    return sum(character in FREQUENT[codec] for character in beyond) / max(1, len(beyond))


def _fit(sample: bytes, codec: str) -> float:
    """Return the share of the characters beyond ASCII that are letters of one language, or signs, in their places."""
    text = sample.decode(codec, "replace")
    beyond = [number for number, character in enumerate(text) if character > "\x7f"]
    letters = sum(map(str.isalpha, text))
    if not beyond or sum(text[number].isalpha() for number in beyond) > MOST_ACCENTS * letters + 2:
        return 0.0
    seen = [text[number].lower() for number in beyond if _is_placed(text, number)]
    signs = sum(character in SIGNS for character in seen)
    return max(signs + sum(character in letters for character in seen) for letters in LATIN[codec]) / len(beyond)


def _is_placed(text: str, number: int) -> bool:
    """Return whether a character may stand here: no sign within a word, and no capital after a small letter."""
    character, before, after = text[number], text[number - 1 : number], text[number + 1 : number + 2]
    if character in SIGNS:
        return character in APOSTROPHES or not (before.isalpha() and after.isalpha())
    return not (character.isupper() and before.islower())
