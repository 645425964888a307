"""Text for display: shortened to one line, and shares as percentages."""

WIDTH = 300
"""Default width of a shortened text, in characters."""
MOST = 4
"""Decimal places of a percentage, at most."""


def shorten(text: str, width: int = WIDTH, *, end: bool = False) -> str:
    """Return the text on one line of at most `width` characters, cut at a word and marked with an ellipsis.

    end: keep the end of the text instead of its beginning.
    """
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    room = width - 2  # the ellipsis and a space
    if room < 1:
        return "…"[:width]
    if end:
        kept = line[-room:]
        kept = kept if line[-room - 1] == " " else kept.partition(" ")[2] or kept
        return f"… {kept}"
    kept = line[: room + 1]
    return f"{kept.rpartition(' ')[0] or kept[:room]} …"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage: `12 %`, with more digits where rounding would give 0 or 100.

    0.004 is `0.4 %` and 0.9996 `99.96 %`: what is not all or nothing is never shown as such.
    digits: decimal places, of which trailing zeros are dropped.
    """
    value, whole = 100 * share, share in (0, 1)
    while digits < MOST and not whole and round(abs(value), digits) in (0, 100):
        digits += 1
    shown = f"{value:.{digits}f}"
    if "." in shown and (whole or float(shown) not in (0, 100)):
        shown = shown.rstrip("0").rstrip(".")
    return f"{shown} %"
