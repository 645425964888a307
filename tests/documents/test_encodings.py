import pytest

from askew.documents.encodings import decoded_text, known
from askew.documents.formats.draft import UnusableError

TEXT = "Grüße – “hello”"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("utf-32", "utf-32"),
        ("cp1252", "windows-1252"),
        ("mac_roman", "macintosh"),
    ],
)
def test_an_encoding_is_found_without_a_declaration(codec: str, name: str) -> None:
    assert decoded_text(TEXT.encode(codec)) == (TEXT, name)


@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("cp1252", "windows-1252", "L’été dernier, les élèves étaient très heureux; ça coûte 5 €."),
        ("cp1252", "windows-1252", "It costs £5."),
        ("cp1252", "windows-1252", "Straße"),
        ("cp850", "cp850", "Die Tür zum Büro ist während der Prüfung geschlossen."),
        ("cp1250", "windows-1250", "Łódź: proszę zgłosić się do dyżurnego, który ma klucz."),
        ("iso8859-2", "iso-8859-2", "Příští týden je škola zavřená, žáci mají volno."),
        ("cp1254", "windows-1254", "Müze pazartesi günü kapalıdır, lütfen görevliye başvurun."),
        ("cp1257", "windows-1257", "Muziejus pirmadienį nedirba, kreipkitės į budėtoją, ačiū."),
        ("cp1251", "windows-1251", "Музей закрыт по понедельникам, спросите дежурного."),
        ("koi8_r", "koi8-r", "Музей закрыт по понедельникам, спросите дежурного."),
        ("cp1253", "windows-1253", "Το μουσείο είναι κλειστό κάθε Δευτέρα."),
        ("cp1255", "windows-1255", "המוזיאון סגור בימי שני, פנו לשומר."),
        ("cp1256", "windows-1256", "المتحف مغلق يوم الاثنين، اسألوا الحارس."),
        ("cp874", "windows-874", "พิพิธภัณฑ์ปิดทุกวันจันทร์"),
        ("cp932", "shift_jis", "博物館は月曜日に閉まります。受付で聞いてください。"),
        ("euc_jp", "euc-jp", "博物館は月曜日に閉まります。受付で聞いてください。"),
        ("iso2022_jp", "iso-2022-jp", "博物館は月曜日に閉まります。"),
        ("gb18030", "gb18030", "博物馆星期一关闭。请问值班人员。"),
        ("big5", "big5", "博物館星期一關閉。請問值班人員。"),
        ("cp949", "euc-kr", "박물관은 월요일에 문을 닫습니다."),
    ],
)
def test_a_legacy_encoding_is_recognised_by_its_letters(codec: str, name: str, text: str) -> None:
    assert decoded_text(text.encode(codec)) == (text, name)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "请找朱镕基先生"),
        ("shift_jis", "cp932", "①博物館 ㈱港湾"),
        ("x-sjis", "cp932", "髙橋"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("EUC-KR", "cp949", "똠방각하"),
        ("ISO-8859-1", "cp1252", "5 € – “late”"),
        ("us-ascii", "cp1252", "5 € – “late”"),
        ("iso-8859-11", "cp874", "พิพิธภัณฑ์…"),
        ("iso-8859-9", "cp1254", "“kapalı”"),
        ("windows-1251", "cp1251", "да"),
        ("utf-7", "utf-7", "Grüße"),
    ],
)
def test_a_declared_encoding_is_read_as_programs_write_it(label: str, codec: str, text: str) -> None:
    assert decoded_text(text.encode(codec), label)[0] == text


def test_big5_has_the_characters_of_its_extensions() -> None:
    assert decoded_text(b"\xb9\xcf\xae\xd1 \xf9\xd8", "big5") == ("圖書 裏", "big5")


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "windows-1251", "shift_jis", "none-such", "base64", "utf-16", "\ud800"]
)
def test_valid_utf_8_wins_over_what_is_declared(label: str) -> None:
    assert decoded_text(TEXT.encode(), label) == (TEXT, "utf-8")


@pytest.mark.parametrize("label", ["utf-8", "iso-2022-jp"])
def test_a_declaration_that_the_bytes_contradict_is_ignored(label: str) -> None:
    text = "図書館は月曜日に休みます。①受付"
    assert decoded_text(text.encode("cp932"), label) == (text, "shift_jis")


@pytest.mark.parametrize(
    ("label", "good", "bad"),
    [
        ("gb2312", "博物馆星期一关闭。" * 9, b"\xff"),
        ("shift_jis", "博物館は月曜日に閉まります。" * 9, b"\xff"),
        ("iso-8859-1", "é" * 99, b"\x81"),
    ],
)
def test_one_bad_character_turns_no_other(label: str, good: str, bad: bytes) -> None:
    codec = known(label)
    text, _ = decoded_text(f"{good}\n".encode(codec) + bad + f"\n{good}".encode(codec), label)
    assert text.startswith(good)
    assert text.endswith(good)


def test_characters_of_another_encoding_among_utf_8_are_read() -> None:
    assert decoded_text("“Grüße” aus Köln; ".encode() + b"f\xfcr \x8010") == ("“Grüße” aus Köln; für €10", "utf-8")


def test_an_encoding_may_be_forced() -> None:
    assert decoded_text("Grüße".encode(), forced="latin-1") == ("GrÃ¼ÃŸe", "windows-1252")
    assert decoded_text(TEXT.encode("utf-8-sig"), forced="utf-8") == (TEXT, "utf-8")
    with pytest.raises(UnusableError, match="unknown encoding 'utf-99'"):
        decoded_text(b"x", forced="utf-99")


def test_a_long_text_is_judged_by_a_part_of_it() -> None:
    text = "A line without accents.\n" * 20_000 + "Die Tür zum Büro ist während der Prüfung geschlossen.\n" * 2_000
    assert decoded_text(text.encode("cp850")) == (text, "cp850")
