from askew.progress import Progress, silent


def test_silence_takes_any_progress() -> None:
    silent(Progress("encode", 1, 2))
