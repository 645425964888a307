"""Messages to a shop's support, as many as wanted, some of them copies of others; and a static model of their words.

Every message is put together from clauses whose parts are drawn; names of products and places are made of syllables. A
copy is the message of another customer word for word, or with another case or end, or with one or two slips: a letter
lost or doubled, two letters changed over, a word left out, a thank you added. The same seed gives the same messages.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DIM = 256  # as potion-base-8M


def listed(words: str) -> list[str]:
    return [word.strip() for word in words.split("|")]


SYLLABLES = listed("ba|ce|di|fo|gu|ha|jo|ka|le|mi|no|pu|ra|se|ti|vo|wa|xe|yo|zi|bra|cle|dro|fli|gra|plo|sta|tre")
PARTS = listed(
    "lid|handle|hinge|cable|plug|battery|screen|button|strap|buckle|zip|wheel|axle|brake|pedal|seat|lamp|switch|filter|"
    "hose|pump|valve|lens|cover|shelf|drawer|knob|leg|frame|cushion|spring|blade|motor|belt|charger|manual|sleeve"
)
FAULTS = listed(
    "is cracked|does not fit|came off|makes a grinding noise|gets far too hot|was missing from the box|is scratched|"
    "leaks after an hour|will not switch on|flickers all the time|smells of burnt rubber|is bent|broke on first use|"
    "has the wrong colour|keeps jamming|loses power overnight|rattles at every step|was already used|is too loose|peels"
)
WHEN = listed(
    "yesterday|last week|on Monday|three days ago|in March|just before the holidays|this morning|two months ago|"
    "on my birthday|during the spring sale|in the summer|on Friday evening|at the end of May|a year ago"
)
OPENINGS = listed(
    "I bought the {product} {when}|My {product} from your {place} shop arrived {when}|{when} I ordered a {product}|"
    "We gave our neighbour in {place} a {product} {when}|Your branch in {place} sold me a {product}|"
    "A colleague recommended the {product} to me|The {product} that I returned {when} is back|"
    "For our flat in {place} we chose your {product}"
)
TROUBLES = listed(
    "the {part} {fault}|its {part} {fault} and the {part} {fault}|now the {part} {fault}|sadly the {part} {fault}|"
    "nobody told me that the {part} {fault}|the {part} {fault} although I followed every step in the booklet"
)
WISHES = listed(
    "please send a new {part} to {place}|I want my money back|can someone from {place} call me about it|"
    "how do I return it under order {number}|my order is {number}|is there a repair shop near {place}|"
    "what would a spare {part} cost|please cancel order {number} at once|will the guarantee pay for the {part}|"
    "whom do I ask in {place}|could you exchange it for a {product}"
)
CARD = f"""name = "words-by-chance"
summary = "A vector by chance for each word of the messages."
architecture = "static"
pooling = "mean"
normalised = true
similarity = "cosine"
dim = {DIM}
max_tokens = 512
languages = ["en"]
licence = "none"
commercial = true
size_mb = 5
tasks = ["near-duplicate"]
verified = false
checked = "made for a measurement"

[files]
"model.safetensors" = ""
"tokenizer.json" = ""
"config.json" = ""

[prompts.default]
query = ""
document = ""
"""


@dataclass(frozen=True)
class Message:
    """family: the number of the message that this is a copy of, or its own."""

    text: str
    family: int


class Messages:
    def __init__(self, count: int, copies: float = 0.3, seed: int = 5) -> None:
        self._rng = random.Random(seed)
        self._count, self._copies = count, copies
        self._products = [self._name(3) for _ in range(4000)]
        self._places = [self._name(2) for _ in range(500)]

    def __iter__(self) -> Iterator[Message]:
        """In an order in which a copy may stand before or after what it copies."""
        originals = round(self._count * (1 - self._copies))
        texts = [self._message() for _ in range(originals)]
        made = [Message(text, family) for family, text in enumerate(texts)]
        for _ in range(self._count - originals):
            family = self._rng.randrange(originals)
            made.append(Message(self._copy(texts[family]), family))
        self._rng.shuffle(made)
        return iter(made)

    def _name(self, syllables: int) -> str:
        return "".join(self._rng.choices(SYLLABLES, k=syllables))

    def _message(self) -> str:
        clauses = [self._rng.choice(kind) for kind in (OPENINGS, TROUBLES, WISHES)]
        if self._rng.random() < 0.4:
            clauses.insert(2, self._rng.choice(TROUBLES))
        text = ", ".join(re.sub(r"\{(\w+)\}", lambda match: self._value(match[1]), clause) for clause in clauses)
        return text[0].upper() + text[1:] + "."

    def _value(self, slot: str) -> str:
        if slot == "number":
            return str(self._rng.randrange(10**5, 10**6))
        values = {"product": self._products, "place": self._places, "part": PARTS, "fault": FAULTS, "when": WHEN}[slot]
        value = self._rng.choice(values)
        return value.capitalize() if slot in ("product", "place") else value

    def _copy(self, text: str) -> str:
        way = self._rng.randrange(4)
        if way == 0:
            return text
        if way == 1:
            return self._rng.choice((text.lower(), text.upper(), text[:-1] + "!", text.replace(",", " -")))
        for _ in range(way - 1):
            text = self._slip(text)
        return text

    def _slip(self, text: str) -> str:
        words = text.split(" ")
        place = self._rng.randrange(1, len(words))
        word = words[place]
        letter = self._rng.randrange(len(word))
        words[place] = self._rng.choice(
            (
                word[:letter] + word[letter + 1 :],
                word[: letter + 1] + word[letter:],
                word[:letter] + word[letter : letter + 2][::-1] + word[letter + 2 :],
                "",
                word + " thank you" if place == len(words) - 1 else word,
            )
        )
        return " ".join(word for word in words if word)

    def words(self) -> list[str]:
        """Every word that can occur in a message that is no copy, in small letters."""
        clauses = " ".join((*OPENINGS, *TROUBLES, *WISHES, *FAULTS, *WHEN, *PARTS, *self._products, *self._places))
        return sorted(set(re.findall(r"[a-z]+", clauses.lower())))


def write_model(folder: Path, words: list[str]) -> Path:
    """A static model in model2vec's layout, with a card: for each word a vector by chance, in no way a meaning.

    Vectors of words in PARTS, and of words that no list here has, are longer: they count for more in the mean.
    """
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", *dict.fromkeys((*letters, *words)), *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    common = set(re.findall(r"[a-z]+", " ".join((*OPENINGS, *TROUBLES, *WISHES, *FAULTS, *WHEN)).lower()))
    lengths = np.array([0.4 if piece in common else 1.0 for piece in pieces], np.float32)
    vectors = np.random.default_rng(7).standard_normal((len(pieces), DIM), np.float32) * lengths[:, None]
    save_file({"embeddings": vectors}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"normalize": True}), "utf-8")
    (folder / "card.toml").write_text(CARD, "utf-8")
    return folder
