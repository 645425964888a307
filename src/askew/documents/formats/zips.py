"""ZIP archives, guarded against zip bombs and encryption."""

import io
import zipfile

from askew.documents.formats.draft import UnusableError

LARGEST_CONTENT = 1 << 30  # uncompressed bytes of all entries
LARGEST_RATIO = 200  # uncompressed to compressed; text reaches 20, repeated rows 100
SMALL_CONTENT = 10 << 20  # below this any ratio is harmless
MOST_ENTRIES = 50_000
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE2: Office files before 2007, and the container of encrypted newer ones
ENCRYPTED = 1  # bit in an entry's flags


def opened(data: bytes) -> zipfile.ZipFile:
    """Open and check an archive. The declared sizes are reliable: `zipfile` never unpacks more than they say."""
    if data.startswith(OLD):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise UnusableError("encrypted" if encrypted else "old Office format; save it as .docx, .pptx or .xlsx")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise UnusableError(f"damaged: {str(error).rstrip('.')}") from error
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or size > LARGEST_CONTENT:
        raise UnusableError(f"unpacks to {size:,} bytes in {len(entries):,} files, which is too large")
    if size > SMALL_CONTENT and size > LARGEST_RATIO * len(data):
        raise UnusableError(f"unpacks to {size:,} bytes, {size // len(data):,} times its size; suspected zip bomb")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise UnusableError("encrypted")
    return archive
