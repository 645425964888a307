"""Real tokenizers of each family's kind, from the words of the calibration texts.

Only the byte pairs are trained: the library's other trainers give another vocabulary at each run.
"""

import re
from importlib import resources
from pathlib import Path

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

SIZE = 600


def wordpiece(file: Path) -> Tokenizer:
    """BERT's; a pair's second text has the type 1."""
    tokenizer = _pieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return _save(tokenizer, file)


def mpnet(file: Path) -> Tokenizer:
    """BERT's pieces in RoBERTa's frame, as all-mpnet-base-v2 has them."""
    tokenizer = _pieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), False, False)
    return _save(tokenizer, file)


def byte_bpe(file: Path) -> Tokenizer:
    """RoBERTa's: every byte can be written, and a space belongs to the word after it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_lines(), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return _save(tokenizer, file)


def unigram(file: Path) -> Tokenizer:
    """XLM-R's: SentencePiece's unigrams, a space belongs to the word after it, and two tokens stand between a pair."""
    words = [("▁" + word, -6 - rank / 100) for rank, word in enumerate(_words()[::2])]
    pieces = [(piece, -12.0) for piece in ["▁", *_letters(), *(letter.upper() for letter in _letters())]]
    special = [(word, 0.0) for word in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer = Tokenizer(models.Unigram([*special, *dict([*pieces, *words]).items()], unk_id=3))
    tokenizer.add_special_tokens([AddedToken(word, normalized=False) for word, _ in special])
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return _save(tokenizer, file)


def _pieces(special: list[str]) -> Tokenizer:
    """Every second word whole, the others by their letters and endings."""
    endings = ["##ing", "##ed", "##er", "##s", *("##" + letter for letter in _letters())]
    vocabulary = [*special, *dict.fromkeys([*_letters(), *_words()[::2], *endings])]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens([AddedToken(word, normalized=False) for word in special])
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _words() -> list[str]:
    return sorted({word.lower() for line in _lines() for word in re.findall(r"[A-Za-z]{2,}", line)})


def _letters() -> list[str]:
    return sorted({letter.lower() for line in _lines() for letter in line if not letter.isspace()})


def _lines() -> list[str]:
    return resources.files("askew.encoders.onnx").joinpath("calibration.txt").read_text("utf-8").splitlines()


def _save(tokenizer: Tokenizer, file: Path) -> Tokenizer:
    tokenizer.save(str(file))
    return tokenizer


KINDS = {
    "bert": wordpiece,
    "distilbert": wordpiece,
    "dpr": wordpiece,
    "mpnet": mpnet,
    "roberta": byte_bpe,
    "xlm-roberta": unigram,
}
