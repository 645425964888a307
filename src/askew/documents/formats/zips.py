"""ZIP files whose content is as large as a document's, and no bomb."""

import io
import zipfile

from askew.documents.formats.draft import UnusableError

LARGEST_CONTENT = 1 << 30  # bytes of all entries together
LARGEST_RATIO = 200  # of the content to the file; text comes to 20, repeated rows to 100
SMALL_CONTENT = 10 << 20  # up to here any ratio is harmless
MOST_ENTRIES = 50_000
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how Office of before 2007 begins, and what encrypts the later one
ENCRYPTED = 1  # the bit among an entry's flags


def opened(data: bytes) -> zipfile.ZipFile:
    """`zipfile` never unpacks more of an entry than its directory declares, so that the sum of these is what counts."""
    if data.startswith(OLD):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise UnusableError("it is encrypted" if encrypted else "it is an old Office file; save it in today's format")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as fault:
        raise UnusableError(f"it is broken: {str(fault).rstrip('.')}") from fault
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or size > LARGEST_CONTENT:
        raise UnusableError(f"it unpacks to {size:,} bytes in {len(entries):,} files, which is too large")
    if size > SMALL_CONTENT and size > LARGEST_RATIO * len(data):
        raise UnusableError(f"it unpacks to {size:,} bytes, {size // len(data):,} times its size, as no document does")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise UnusableError("it is encrypted")
    return archive
