"""How fast are the results of a search there while one types? In a real browser, on 100,000 passages.

Chromium types questions letter by letter into the page of `askew serve`, on loopback, as a fast typist does. What
counts is the time from the press of a key, as the browser stamps it, to the frame after the results for just this text
were painted: the wait of the page, the request, the encoding of the query, the hybrid search over all passages, and the
drawing of ten hits. Letters that the next one overtakes have no results of their own and are counted apart. Beside it
are the same requests without a browser, one at a time: what is above that is the page's.

Queries are encoded by the real model. Of the passages 2,000 are, and the others have the vector of one of these with
noise added, which changes nothing in what a search costs.

Needs Playwright (`pip install playwright`) and Chromium. An index that was built before is used again with --folder.

    python benchmarks/page.py [--passages 100000] [--pause 150] [--folder FOLDER]
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish
from servers import running
from texts import mixed

from askew import Index
from askew.encoders import Encoded, Encoder, loading
from askew.models import cards
from askew.similarity import normalise
from askew.types import Role

PORT = 7832
MODEL = "all-MiniLM-L6-v2"
QUESTIONS = 12
ATONCE = 2000
NOISE = 0.03
P95 = 100.0
WATCH = """window.taken = [];
addEventListener("askew-ready", () => {
  const field = document.querySelector("#query"), pressed = new Map();
  let last = 0;
  field.addEventListener("keydown", (event) => { last = event.timeStamp; });
  field.addEventListener("input", () => pressed.set(field.value.trim(), last));
  new MutationObserver(() => {
    const query = document.querySelector(".hits").getAttribute("data-query"), start = pressed.get(query);
    if (start === undefined) return;
    pressed.delete(query);
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => window.taken.push(performance.now() - start);
      painted.port2.postMessage(0);
    });
  }).observe(document.querySelector(".hits"), { attributeFilter: ["data-query"] });
});"""


class Drawn:
    """The encoder of the model for the first texts, after which vectors are drawn around those of the first."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self._rng = np.random.default_rng(5)
        self._known = np.empty((0, real.signature.dim), np.float32)
        self.signature, self.spans, self.room = real.signature, real.spans, real.room

    def encode(self, texts: Sequence[str], role: Role, *rest: Any) -> Encoded:
        if len(self._known) < ATONCE:
            made = self._real.encode(texts, role, *rest)
            self._known = np.concatenate((self._known, made.vectors))
            return made
        near = self._known[self._rng.integers(0, len(self._known), len(texts))]
        noise = self._rng.normal(0, NOISE, near.shape).astype(np.float32)
        counts = np.array([len(one) for one in self.spans(texts)], np.int64)
        return Encoded(normalise(near + noise), counts, counts)


def build(folder: Path, passages: int) -> None:
    """Index texts of 3 to 40 words, one passage each."""
    if (folder / "passages.askew").exists():
        return
    encoder = Drawn(loading.load(cards.get(MODEL), "enterprise-search"))
    with Index.create(folder / "passages", "enterprise-search", model=MODEL, encoder=encoder) as index:
        texts = mixed(passages, longest=40, seed=3)
        for start in range(0, passages, ATONCE):
            index.add([(f"p{n}", texts[n]) for n in range(start, min(start + ATONCE, passages))], progress=False)
            print(f"\r{start + ATONCE:,} passages", end="", flush=True)
        index.optimise(progress=False)
    print()


def typed(questions: list[str], pause: float) -> tuple[list[float], int]:
    """Return the milliseconds from key to paint of every letter that got results, and how many letters were typed."""
    from playwright.sync_api import sync_playwright

    browser_path = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))))
    letters = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 850})
        page.add_init_script(WATCH)
        page.goto(f"http://127.0.0.1:{PORT}/#/passages/search")
        page.locator("#query").wait_for()
        page.evaluate("dispatchEvent(new Event('askew-ready'))")
        page.locator("#query").press_sequentially(questions[0], delay=pause)  # the first loads the model
        page.wait_for_timeout(2000)
        page.evaluate("window.taken = []")
        for question in questions[1:]:
            page.locator("#query").fill("")
            page.locator("#query").press_sequentially(question, delay=pause)
            letters += len(question)
            page.wait_for_timeout(1000)
        taken: list[float] = page.evaluate("window.taken")
        browser.close()
    return taken, letters


def requested(questions: list[str]) -> list[float]:
    """Return the milliseconds of the same requests without a browser, one at a time."""
    found = []
    for question in questions:
        for end in range(1, len(question) + 1, 3):
            body: dict[str, Any] = {"query": question[:end].strip(), "k": 10, "mode": "hybrid", "highlight": 0}
            request = urllib.request.Request(
                f"http://127.0.0.1:{PORT}/v1/indexes/passages/search",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
            start = time.perf_counter()
            with urllib.request.urlopen(request, timeout=60) as reply:
                reply.read()
            found.append((time.perf_counter() - start) * 1000)
    return found


def line(name: str, taken: list[float]) -> None:
    p50, p95, p99 = np.percentile(taken, (50, 95, 99))
    print(f"{name:<22} {len(taken):>5} {p50:>8.1f} {p95:>8.1f} {p99:>8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--pause", type=float, default=150.0, help="milliseconds between two keys")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    build(folder, given.passages)
    questions = [text[:40] for text in mixed(QUESTIONS + 1, longest=8, seed=11)]
    command = [
        str(Path(sys.executable).with_name("askew")),
        "serve",
        str(folder),
        "--port",
        str(PORT),
        "--model",
        MODEL,
        "--log-level",
        "error",
    ]
    with running(command, PORT):
        taken, letters = typed(questions, given.pause)
        alone = requested(questions[1:])
    print(f"{given.passages:,} passages, {MODEL}, hybrid; {letters} letters typed, {letters - len(taken)} overtaken")
    print(f"{'':<22} {'n':>5} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}")
    line("key to paint", taken)
    line("request alone", alone)
    if given.folder is None:
        shutil.rmtree(folder)
    finish([Goal("p95 from key to paint", float(np.percentile(taken, 95)), P95, " ms", most=True)])


if __name__ == "__main__":
    main()
