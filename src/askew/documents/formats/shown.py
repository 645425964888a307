"""Number formatting of spreadsheet cells: 0.25 as 25 %, dates as ISO 8601. Colours, words and fractions are ignored."""

import re
from datetime import date, datetime, time, timedelta

GENERAL = "General"
LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]')
BRACKETS = re.compile(r"\[[^\]]*\]")
DIGITS = re.compile(r"[#0?,]*[#0?](?:\.([0#?]+))?")
CURRENCY = re.compile(r"[€$£¥₹]|\b[A-Z]{3}\b")
MOST_DIGITS = 15  # precision of a number in a sheet


def shown(value: object, format: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def _number(value: float, format: str) -> str:
    pattern = (format or GENERAL).split(";")[0]
    literals = " ".join(next(filter(None, found), "") for found in LITERAL.findall(pattern))
    bare = BRACKETS.sub("", LITERAL.sub("", pattern))
    digits = DIGITS.search(bare)
    if digits is None or "E" in bare or "/" in bare:
        return _plain(value)
    decimals = len(digits[1] or "")
    comma = "," if "," in digits[0].rstrip(",") else ""
    percent = "%" if "%" in bare else ""
    number = f"{value * (100 if percent else 1):{comma}.{decimals}f}" + percent
    currency = CURRENCY.search(f"{literals} {bare}")
    return f"{number} {currency[0]}" if currency else number


def _plain(value: float) -> str:
    text = f"{value:.{MOST_DIGITS}g}"
    return text if "e" in text or "." not in text else text.rstrip("0").rstrip(".")
