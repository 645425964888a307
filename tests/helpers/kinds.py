"""Small corpora of many kinds, with their queries, written for the tests: what each is for is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from askew.types import Document

THINGS = "bicycle kettle bridge owl glacier violin bakery lighthouse tide beaver clock map canal orchard".split()  # noqa: SIM905
PLACES = "Norway Peru Kenya Japan Wales Chile Oman Fiji Malta Ghana Nepal Cuba Laos Iran".split()  # noqa: SIM905


@dataclass(frozen=True)
class Kind:
    """truth: symmetric or asymmetric. documents and queries are of the same length."""

    truth: str
    documents: tuple[Document, ...]
    queries: tuple[str, ...]


Row = Callable[[int, str, str], tuple[str, str, str]]
"""From a number, a thing and a place to a query, a document's title and its text."""


def kind(truth: str, row: Row, either: bool = False) -> Kind:
    """either: the two stand on either side by turns, as texts of one kind do."""
    rows = [row(number, thing, place) for number, (thing, place) in enumerate(zip(THINGS, PLACES, strict=False))]
    if either:
        rows = [(a, "", b) if n % 2 else (b, "", a) for n, (a, _, b) in enumerate(rows)]
    documents = tuple(Document(str(n), text, title) for n, (_, title, text) in enumerate(rows))
    return Kind(truth, documents, tuple(query for query, _, _ in rows))


def counter_arguments(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"Every town in {place} should own a {thing}. It costs little, and the people who use it gain far more than "
        f"they pay. Nobody who has seen one at work, as I have, would ever wish to do without it again.",
        "",
        f"No town needs a {thing} of its own. The money of {place} is better spent on schools, for those who would use "
        "it are few. What looks cheap at first has to be kept in order for decades, and that is never counted.",
    )


def claims(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"The {thing} lowers the number of accidents in {place}.",
        f"Effects of the {thing} on safety",
        f"We observed 1{n}40 persons in {place} over four years. Half of them used a {thing} every day. Accidents were "
        "counted by two independent observers, and differences were settled by a third. Among users the rate was lower "
        "by a fifth. Age and income explain a part of it. Further trials should follow those who stopped.",
    )


def forum(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"Is it worth buying a {thing} in {place}?",
        "",
        f"That depends on how long you stay. Over a few months a used {thing} is the better deal, because prices fall "
        f"quickly after the first year. My brother lived in {place} for {n + 2} years and sold his at a loss. If you "
        "can borrow one, do that first, and keep the receipts for the tax office.",
    )


def papers(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"Towards a general theory of the {thing}",
        f"A survey of the {thing} in {place}",
        f"In recent years the {thing} has received much attention. This paper reviews {n + 30} studies "
        f"from {place} and orders them by method. We find that most rely on one source of data. A simple "
        "model explains half of what was reported. Finally we discuss open problems and propose a common test.",
    )


def questions(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return f"How do I repair an old {thing} in {place}?", "", f"What is the best way to mend a {thing} when in {place}?"


def bodies(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"Why does my {thing} make that noise?",
        f"Strange noise from a new {thing}, is it broken?",
        f"I bought a {thing} in {place} last week. Since yesterday it makes a noise like a saw. I have oiled it twice "
        "and tightened what can be tightened. Does anybody know what it could be?",
    )


def tweets(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"just saw a {thing} in {place} and I can't believe it lol #day{n}",
        "",
        f"my {thing} broke again today, of course on the way to {place} #fail{n}",
    )


def sentences(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return f"A man is carrying a {thing} through {place}.", "", f"Someone carries the {thing} across {place}."


def products(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"blue {thing}",
        "",
        f"{place} Deluxe Steel {thing.title()} Model {n}40 with Cover, 2 Year Warranty, Navy Blue, Pack of 3",
    )


def german(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"wann wurde in {place} die fabrik {n + 1} gebaut",
        "",
        f"Die Fabrik {n + 1} wurde im Jahr 19{n + 10} in {place} gebaut. Sie ist die größte des Landes und hat mehr "
        "als hundert Arbeiter. Nach dem Brand von damals wurde das Dach mit Kupfer gedeckt. Seitdem steht sie unter "
        "Schutz und kann an jedem Sonntag besucht werden.",
    )


def chinese(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"第{n + 1}座桥是什么时候建成的",
        "",
        f"第{n + 1}座桥位于城市的北部，全长三百米，是当地最古老的桥。它在一百年前由石头建成，后来因为洪水而重建。"
        "现在每天有很多人从桥上经过，夏天还有游客来这里看日落。桥的两边种着柳树，春天的时候非常美丽。",
    )


def chinese_questions(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return f"第{n + 1}种茶怎么泡才好喝？", "", f"请问第{n + 1}种茶应该如何冲泡？"


def thai(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"สะพานที่ {n + 1} สร้างเมื่อใด",
        "",
        f"สะพานที่ {n + 1} ตั้งอยู่ทางเหนือของเมือง มีความยาวสามร้อยเมตร และเป็นสะพานที่เก่าแก่ที่สุดในท้องถิ่น สร้างจากหินเมื่อร้อยปีก่อน "
        "ต่อมาได้รับการสร้างใหม่หลังน้ำท่วม ปัจจุบันมีผู้คนจำนวนมากเดินทางผ่านสะพานนี้ทุกวัน และนักท่องเที่ยวมาชมพระอาทิตย์ตกในฤดูร้อน",
    )


def entries(n: int, thing: str, place: str) -> tuple[str, str, str]:
    return (
        f"my {thing} has not arrived in {place}",
        f"When will my {thing} arrive?",
        f"Parcels to {place} take {n + 3} days. You find the number of yours in the message that we sent. After two "
        "weeks write to us, and we send another one free of charge.",
    )


BODIES = kind("symmetric", bodies)
"""Titles of questions that look for questions told at length: of one kind by what they want, of two by their form."""
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "counter arguments": kind("symmetric", counter_arguments, either=True),
        "claims": kind("asymmetric", claims),
        "forum": kind("asymmetric", forum),
        "papers": kind("asymmetric", papers),
        "questions": kind("symmetric", questions, either=True),
        "tweets": kind("symmetric", tweets, either=True),
        "sentences": kind("symmetric", sentences, either=True),
        "products": kind("asymmetric", products),
        "German": kind("asymmetric", german),
        "Chinese": kind("asymmetric", chinese),
        "Chinese questions": kind("symmetric", chinese_questions, either=True),
        "Thai": kind("asymmetric", thai),
        "entries": kind("asymmetric", entries),
    }
)
