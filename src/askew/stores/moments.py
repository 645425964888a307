"""Moments: the dates and times that a metadata string may mean, in seconds since 1970."""

import re
from datetime import UTC, datetime, timedelta

ISO_DATE = re.compile(
    r"\d{4}-\d\d(?:-\d\d)?(?P<time>[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
SHORT_DATE = re.compile(r"(\d\d)([/.-])(\d\d)\2(\d{4})", re.ASCII)


def moments(text: str) -> tuple[float, float] | None:
    """Return the start and end of a date or a month, or twice the moment of a date and time, in seconds since 1970;
    None for any other text.
    """
    found = ISO_DATE.fullmatch(text)
    if not found:
        return None
    month = len(text) == len("2024-01")
    try:
        start = datetime.fromisoformat(f"{text}-01" if month else text.replace(",", "."))
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        length = timedelta() if found["time"] else timedelta(days=32 if month else 1)
        end = (start + length).replace(day=1) if month else start + length
        return start.timestamp(), end.timestamp()
    except (ValueError, OverflowError):
        return None


def starts(text: str) -> tuple[float, ...]:
    """Return the moments that a text may mean: none, one, or two for a date such as 05/03/2024."""
    if not text[:1].isdigit() or not text[1:2].isdigit():  # nearly all texts
        return ()
    short = SHORT_DATE.fullmatch(text)
    if short:
        year, one, other = short[4], short[1], short[3]
        readings = dict.fromkeys((f"{year}-{other}-{one}", f"{year}-{one}-{other}"))
        return tuple(found[0] for reading in readings if (found := moments(reading)))
    found = moments(text)
    return () if found is None else (found[0],)
