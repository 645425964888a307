from pathlib import Path

from askew.encoders.families import read
from askew.encoders.onnx.calibration import calibrate
from askew.encoders.tokens import Tokens


def test_every_product_gets_a_range_and_always_the_same(tiny: Path) -> None:
    transformer, tokens = read("bert", tiny, 16), Tokens(tiny / "tokenizer.json", 16)
    found = calibrate(transformer, tokens)
    assert len(found) == 8
    assert all(seen.low < seen.high for seen in found.values())
    assert calibrate(transformer, tokens) == found


def test_pairs_widen_the_ranges_to_what_second_texts_bring(tiny: Path) -> None:
    transformer, tokens = read("bert", tiny, 16), Tokens(tiny / "tokenizer.json", 16)
    single, paired = calibrate(transformer, tokens), calibrate(transformer, tokens, pairs=True)
    assert all(paired[place].low <= single[place].low + 1e-5 for place in single)
    assert paired != single
