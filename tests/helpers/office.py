"""Real files of every format, made by the libraries that write them, or by hand where that is simpler."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from random import Random

from askew.documents.formats.parsing import PAGED

Table = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Part:
    """A page of a PDF, a slide or a chapter. level: of its heading."""

    heading: str = ""
    text: str = ""
    level: int = 1


def pdf(
    parts: Sequence[Part],
    title: str = "",
    author: str = "",
    outline: bool = False,
    password: str = "",
    locked: bool = False,
    wrap: float = 0,
    size: int = 11,
) -> bytes:
    """A page for each part, an empty one for an empty part. password: to open it. locked: to change it.

    wrap: width of the text in mm, 0 for the whole page.
    """
    from fpdf import FPDF
    from fpdf.enums import AccessPermission

    made = FPDF()
    if title:
        made.set_title(title)
    if author:
        made.set_author(author)
    if password or locked:
        made.set_encryption(owner_password="owner", user_password=password, permissions=AccessPermission.none())
    for part in parts:
        made.add_page()
        made.set_font("Helvetica", size=size)
        if part.heading:
            if outline:
                made.start_section(part.heading, part.level - 1)
            else:
                made.set_font_size(26 - 4 * part.level)
            made.cell(0, 14, part.heading, new_x="LMARGIN", new_y="NEXT")
            made.set_font_size(size)
        if part.text:
            made.multi_cell(wrap, 5, part.text, align="L")
    return bytes(made.output())


def docx(
    parts: Sequence[Part], title: str = "", author: str = "", items: Sequence[str] = (), table: Table = ()
) -> bytes:
    from docx import Document

    made = Document()
    made.core_properties.title = title
    made.core_properties.author = author
    for part in parts:
        if part.heading:
            made.add_heading(part.heading, part.level)
        made.add_paragraph(part.text)
    for item in items:
        made.add_paragraph(item, style="List Bullet")
    if table:
        grid = made.add_table(0, len(table[0]))
        for cells in table:
            for cell, text in zip(grid.add_row().cells, cells, strict=True):
                cell.text = str(text)
    return _saved(made.save)


def pptx(parts: Sequence[Part], title: str = "", notes: str = "", table: Table = ()) -> bytes:
    """A slide for each part. notes, table: of the last."""
    from pptx import Presentation
    from pptx.util import Cm

    made = Presentation()
    made.core_properties.title = title
    for part in parts:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = part.heading
        slide.placeholders[1].text = part.text
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    if table:
        grid = slide.shapes.add_table(len(table), len(table[0]), Cm(1), Cm(12), Cm(9), Cm(4)).table
        for number, cells in enumerate(table):
            for place, text in enumerate(cells):
                grid.cell(number, place).text = str(text)
    return _saved(made.save)


def xlsx(sheets: Mapping[str, Table], title: str = "", formats: Mapping[str, str] | None = None) -> bytes:
    """formats: the number format of a cell, by its address in the first sheet."""
    from openpyxl import Workbook

    made = Workbook()
    made.properties.title = title
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for cells in rows:
            sheet.append(list(cells))
    for address, format in (formats or {}).items():
        made.worksheets[0][address].number_format = format
    return _saved(made.save)


def xls(sheets: Mapping[str, Table]) -> bytes:
    from xlwt import Workbook

    made = Workbook()
    for name, rows in sheets.items():
        sheet = made.add_sheet(name)
        for number, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                sheet.write(number, place, cell)
    return _saved(made.save)


def odf(kind: str, body: str, styles: str = "", other: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument by hand. kind: text, spreadsheet or presentation. styles: automatic ones."""
    names = "office text table draw style fo svg presentation meta dc xlink number".split()  # noqa: SIM905
    spaces = " ".join(f'xmlns:{name}="urn:x:{name}"' for name in names)
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    made = {name: text.replace("SPACES", spaces) for name, text in (other or {}).items()}
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content, **made})


def ods(rows: str, styles: str = "", attributes: str = "") -> bytes:
    """One sheet, named A. attributes: of its table."""
    return odf("spreadsheet", f'<table:table table:name="A" {attributes}>{rows}</table:table>', styles)


def ods_cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def odp_frame(text: str, kind: str = "") -> str:
    body = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
    return f'<draw:frame presentation:class="{kind}">{body}</draw:frame>'


def html(body: str, title: str = "", head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>
<dc:date>2021-03-04</dc:date></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>
<spine><itemref idref="nav"/>{references}</spine></package>"""
XHTML = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>"""


def epub(parts: Sequence[Part], title: str = "", author: str = "", extra: Mapping[str, str] | None = None) -> bytes:
    """A chapter for each part, in files whose names are in no order."""
    names = [f"{len(parts) - number} ä.xhtml" for number in range(len(parts))]
    items = "".join(
        f'<item id="c{number}" href="text/{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(names)
    )
    references = "".join(f'<itemref idref="c{number}"/>' for number in range(len(parts)))
    files = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": PACKAGE.format(title=title, author=author, items=items, references=references),
        "OPS/nav.xhtml": XHTML.format(body="<nav><ol><li>Contents</li></ol></nav>"),
        **{
            f"OPS/text/{name}": XHTML.format(body=f"<h{part.level}>{part.heading}</h{part.level}><p>{part.text}</p>")
            for name, part in zip(names, parts, strict=True)
        },
        **(extra or {}),
    }
    return zipped({"mimetype": "application/epub+zip", **files})


def eml(subject: str, text: str = "", page: str = "", attached: Sequence[str] = ()) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Ann Other <ann@example.org>"
    message["To"] = "team@example.org"
    message["Date"] = "Wed, 31 Jan 2024 12:00:00 +0100"
    if text:
        message.set_content(text)
    if page and text:
        message.add_alternative(page, subtype="html")
    elif page:
        message.set_content(page, subtype="html")
    for name in attached:
        message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


SECTOR = 512
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def msg(properties: Mapping[int, str]) -> bytes:
    """A mail as Outlook saves it, with text properties by their number, in a compound file (MS-CFB)."""
    entries = b"".join(
        struct.pack("<HHII4x", 0x1F, number, 6, len(text) * 2 + 2) for number, text in properties.items()
    )
    streams = {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in properties.items()}
    streams["__properties_version1.0"] = bytes(32) + entries
    sizes = {name: max(4096, -(-len(data) // SECTOR) * SECTOR) for name, data in streams.items()}
    folders = -(-(len(streams) + 1) // 4)
    table, start = [TABLE, *range(2, folders + 1), END], folders + 1
    rows, body = [_entry("Root Entry", 5, 1, END, 0)], b""
    for number, (name, data) in enumerate(streams.items(), 2):
        rows.append(_entry(name, 2, number if number <= len(streams) else FREE, start, sizes[name], is_child=True))
        body += data.ljust(sizes[name], b"\0")
        start += sizes[name] // SECTOR
        table += [*range(len(table) + 1, start), END]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        62,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        4096,
        END,
        0,
        END,
        0,
    )
    tables = struct.pack("<109I", 0, *[FREE] * 108)
    numbers = struct.pack(f"<{SECTOR // 4}I", *table, *[FREE] * (SECTOR // 4 - len(table)))
    return header + tables + numbers + b"".join(rows).ljust(folders * SECTOR, b"\0") + body


def _entry(name: str, kind: int, next_one: int, start: int, size: int, is_child: bool = False) -> bytes:
    """An entry of the directory of a compound file, each of which is right of the one before."""
    coded = name.encode("utf-16-le") + b"\0\0"
    right, child = (next_one, FREE) if is_child else (FREE, next_one)
    return struct.pack("<64sHBBIII16x4x8x8xIQ", coded, len(coded), kind, 1, FREE, right, child, start, size)


def zipped(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def replaced(data: bytes, files: Mapping[str, str]) -> bytes:
    """The same archive with other contents in some of its files; not compressed, lest a large one be a bomb."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**whole, **files}, zipfile.ZIP_STORED)


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
Link = tuple[str, str, str]


def chart(title: str, series: str, values: Mapping[str, float], format: str = "General") -> str:
    """A part with a chart of one series."""

    def cache(texts: Sequence[object]) -> str:
        return "".join(f'<c:pt idx="{place}"><c:v>{text}</c:v></c:pt>' for place, text in enumerate(texts))

    labels, figures = cache(list(values)), cache(list(values.values()))
    return (
        f'<c:chartSpace xmlns:c="c" xmlns:a="a"><c:title><a:p><a:r><a:t>{title}</a:t></a:r></a:p></c:title><c:ser>'
        f"<c:tx><c:strRef><c:strCache>{cache([series])}</c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{labels}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:numCache><c:formatCode>{format}</c:formatCode>{figures}</c:numCache></c:numRef></c:val>"
        "</c:ser></c:chartSpace>"
    )


def package(main: str, parts: Mapping[str, str], links: Mapping[str, Sequence[Link]] | None = None) -> bytes:
    """An Office file by hand, with nothing in it but these parts. links: of a part; each has an id, kind and target."""
    files = dict(parts)
    for part, found in {"": [("m", "officeDocument", main)], **(links or {})}.items():
        folder, _, name = part.rpartition("/")
        made = "".join(f'<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{to}"/>' for id, kind, to in found)
        files[f"{folder}/_rels/{name}.rels".lstrip("/")] = LINKS.format(made)
    return zipped(files)


def without(data: bytes, *names: str) -> bytes:
    """The same archive without some of its files."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist() if name not in names})


def unzipped(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def bomb(data: bytes, name: str, megabytes: int = 300) -> bytes:
    """The same document with one entry more, of so many megabytes of nothing."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as entry:
        for _ in range(megabytes):
            entry.write(bytes(1 << 20))
    return out.getvalue()


ONE: Mapping[str, Callable[[str], bytes]] = {
    "txt": str.encode,
    "md": str.encode,
    "pdf": lambda text: pdf([Part(text=text)]),
    "docx": lambda text: docx([Part(text=text)]),
    "pptx": lambda text: pptx([Part("A slide", text)]),
    "xlsx": lambda text: xlsx({"Notes": [[text]]}),
    "xls": lambda text: xls({"Notes": [[text]]}),
    "odt": lambda text: odf("text", f"<text:p>{text}</text:p>"),
    "ods": lambda text: ods(f"<table:table-row>{ods_cell(text)}</table:table-row>"),
    "odp": lambda text: odf("presentation", f"<draw:page>{odp_frame(text)}</draw:page>"),
    "html": lambda text: html(f"<p>{text}</p>"),
    "epub": lambda text: epub([Part("A chapter", text)]),
    "mht": lambda text: eml("A page", page=f"<p>{text}</p>"),
    "eml": lambda text: eml("A letter", text),
    "mbox": lambda text: b"From ann@example.org Wed Jan 31 12:00:00 2024\n" + eml("A letter", text),
    "msg": lambda text: msg({0x0037: "A letter", 0x1000: text}),
}
"""The least file of each format that is one document."""


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


@dataclass(frozen=True)
class Expected:
    """A file of `drive`. fate: read, skipped or ignored. sentences: what only it says, each with its page, or 0."""

    name: str
    fate: str
    sentences: Sequence[tuple[str, int]] = ()


MANY_PAGES = 300
FILES = 200
HEAVY = 50_000_000
WORDS = (
    ("baker", "teacher", "pilot", "gardener", "nurse", "plumber", "lawyer", "painter", "sailor", "tailor", "farmer"),
    ("keeps", "hides", "repairs", "paints", "sells", "washes", "counts", "weighs", "collects", "borrows"),
    ("lantern", "violin", "ladder", "teapot", "compass", "umbrella", "anchor", "saddle", "mirror", "kettle", "hammer"),
    ("cellar", "harbour", "library", "attic", "stable", "kitchen", "tower", "orchard", "bakery"),
)


def sentence(number: int) -> str:
    """No two are alike."""
    who, does, what, where = (words[(number + number // 7 * place) % len(words)] for place, words in enumerate(WORDS))
    return f"The {who} of house {number} {does} a {what} in the {where}."


def drive(folder: Path) -> list[Expected]:
    """200 files of all formats in folders of folders, some of which nobody can read; in the order of their names."""
    made = [*_special(folder), *_damaged(folder)]
    for number in range(FILES - len(made)):
        format = list(ONE)[number % len(ONE)]
        name = f"team {number % 7}/{number // 50}/note {number}.{format}"
        text = sentence(1000 + number)
        page = 1 if format in PAGED else 0
        made.append(_put(folder, name, ONE[format](text), sentences=[(text, page)]))
    return sorted(made, key=lambda file: Path(file.name).parts)


def _special(folder: Path) -> list[Expected]:
    pages = [Part(f"Chapter {number}", sentence(number)) for number in range(1, MANY_PAGES + 1)]
    said = sentence(500), sentence(501), sentence(502), sentence(503), sentence(504)
    media = {"word/media/film.bin": Random(7).randbytes(HEAVY)}
    heavy = _added(docx([Part("Film", said[0])]), media)
    return [
        _put(
            folder,
            "books/long.pdf",
            pdf(pages, "The long book", outline=True),
            sentences=[(part.text, number) for number, part in enumerate(pages, 1)],
        ),
        _put(folder, "damaged/latin.txt", f"Grüße.\n\n{said[4]}".encode("latin-1"), sentences=[(said[4], 0)]),
        _put(folder, "films/heavy.docx", heavy, sentences=[(said[0], 0)]),
        _put(
            folder,
            "talks/two slides.pptx",
            pptx([Part("One", said[1]), Part("Two", said[2])]),
            sentences=[(said[1], 1), (said[2], 2)],
        ),
        _put(folder, "books/blank first.pdf", pdf([Part(), Part(text=said[3])]), sentences=[(said[3], 2)]),
    ]


def _damaged(folder: Path) -> list[Expected]:
    """One file of each format that breaks off, and others that cannot be used."""
    text = sentence(900)
    whole = {format: ONE[format](text) for format in ("pdf", "docx", "pptx", "xlsx", "epub")}
    skipped = {
        **{f"damaged/half.{format}": data[: len(data) // 2] for format, data in whole.items()},
        **{f"damaged/noise.{format}": Random(3).randbytes(5000) for format in (*whole, "html", "eml", "txt")},
        **{f"damaged/empty.{format}": b"" for format in ONE},
        "damaged/locked.pdf": pdf([Part(text=text)], password="secret"),
        "damaged/scanned.pdf": pdf([Part()]),
        "damaged/bomb.docx": bomb(whole["docx"], "word/media/picture.bmp"),
    }
    ignored = {"pictures/photo.png": b"\x89PNG", "pictures/all.zip": zipped({"a.txt": text}), "README": b"Text."}
    return [
        *(_put(folder, name, data, "skipped") for name, data in skipped.items()),
        *(_put(folder, name, data, "ignored") for name, data in ignored.items()),
    ]


def _put(
    folder: Path, name: str, data: bytes, fate: str = "read", sentences: Sequence[tuple[str, int]] = ()
) -> Expected:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Expected(name, fate, tuple(sentences))


def _added(data: bytes, files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
