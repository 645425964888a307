"""What the tests of the page need: indexes worth looking at, a browser, and a visit that records what goes wrong."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helpers.browser import BROWSER
from helpers.server import Server
from playwright.sync_api import Browser, Page, expect, sync_playwright

from askew import Faq, Index, QuestionAnswer
from askew.calibration.calibrate import calibrate
from askew.demo import handbook, support

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv-test" / "page" / "node_modules"
OWNERS = ("People", "Facilities", "Finance")
HELP = {
    "pay": ("Which ways to pay do you accept?", "We accept Visa, Mastercard, PayPal and bank transfer."),
    "reset": ("How do I reset my password?", "Choose Forgot password on the sign-in page and follow the link."),
    "abroad": ("Do you ship abroad?", "We deliver to all countries of the European Union, and to Norway."),
    "returns": ("How do I return something?", "Print the label in your account and bring the parcel to a post office."),
    "late": ("Where is my parcel?", "The link in the confirmation shows where it is. Most take two to four days."),
    "invoice": ("Can I get an invoice?", "Every order has its invoice in your account, with VAT shown."),
    "cancel": ("Can I cancel my order?", "Until it is packed, with one click in your account."),
    "guarantee": ("How long is the guarantee?", "Two years on everything, five on tents."),
    "repair": ("Do you repair tents?", "Yes: zips, poles and seams, usually within two weeks."),
    "shop": ("When is your shop open?", "Monday to Saturday, nine to six."),
}
"""Questions and answers by id."""
MESSAGES = {
    "pay": ("can I use PayPal", "do you take credit cards", "is paying by bank transfer possible"),
    "reset": ("I forgot my password", "it won't let me log in any more", "how to change a lost password"),
    "abroad": ("can you send a parcel to Norway", "delivery to Spain possible?", "do you deliver to other countries"),
    "returns": ("I want to send my order back", "returning a jacket that does not fit", "how do I give goods back"),
    "late": ("my delivery has not arrived", "track my package", "how long does shipping take"),
    "invoice": ("I need a receipt with VAT", "download the bill for my order", "where do I find my invoice"),
    "cancel": ("please stop my order", "I ordered by mistake, cancel it", "cancel a purchase"),
    "guarantee": ("what warranty do your tents have", "is there a guarantee on bags", "how many years is it covered"),
    "repair": ("the zip of my tent is broken", "can you mend a torn seam", "fixing tent poles"),
    "shop": ("opening hours of the store", "are you open on Saturdays", "when can I visit the shop"),
}
"""Messages that they answer."""
ELSEWHERE = (
    "What is the capital of Peru?",
    "Write me a poem about autumn",
    "How do magnets work?",
    "Who won the cup final?",
    "Translate good morning into Polish",
    "My cat will not eat",
    "Is it going to rain tomorrow?",
    "Tell me a joke",
)
"""Messages that nothing answers."""
HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1"><style>body{display:none}</style>'
TURNED = "\u202egnp.exe\u202c \u2067ـעברית وعربي\u2069"


def make_indexes(folder: Path) -> None:
    """Make what the walk visits: a handbook with fields, support questions, a calibrated FAQ, and hostile texts."""
    folder.mkdir(parents=True, exist_ok=True)
    with Index.create(folder / "handbook", "enterprise-search", precision="int8") as index:
        fields = [
            {"owner": OWNERS[n % 3], "pages": n % 7 + 1, "reviewed": f"2024-{n % 12 + 1:02}-01", "binding": n % 2 == 0}
            for n in range(60)
        ]
        index.add([replace(one, metadata=fields[n]) for n, one in enumerate(handbook())], progress=False)
    with Index.create(folder / "support", "duplicate-questions") as index:
        index.add(support(), progress=False)
    with Faq.create(folder / "help") as faq:
        faq.add([QuestionAnswer(id, *both) for id, both in HELP.items()], progress=False)
        asked = {f"{id}{n}": text for id, three in MESSAGES.items() for n, text in enumerate(three)}
        right: dict[str, dict[str, float]] = {id: {id[:-1]: 1.0} for id in asked}
        texts = asked | {f"x{n}": text for n, text in enumerate(ELSEWHERE)}
        calibrate(faq, queries=texts, qrels=right, unanswerable=True, promise=0.8, progress=False)
    with Index.create(folder / "wild", "question-answering", model="hashing") as index:
        index.add(hostile_documents(), progress=False)


def hostile_documents() -> list[dict[str, Any]]:
    return [
        {"id": HOSTILE, "title": HOSTILE, "text": f"holiday {HOSTILE} tents", HOSTILE: HOSTILE, "kind": HOSTILE},
        {"id": "x\"'\u202e/..", "title": TURNED, "text": f"holiday {TURNED}", "kind": TURNED},
        {"id": "huge", "title": "W" * 500, "text": "holiday " + "Ünbrëakable" * 2000, "kind": "k" * 3000},
        *({"id": f"n{n}", "text": f"holiday number {n} 👩‍👩‍👧 {'x' * n}", "kind": "plain"} for n in range(7)),
    ]


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Chromium; AssertionError, with what to do, where there is none."""
    expect.set_options(timeout=PATIENCE)
    assert BROWSER, "The page is tested in a real browser and there is none: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def tool(*parts: str) -> Path:
    """A file of a checking tool; AssertionError, with what to do, where it is not installed."""
    found = MODULES.joinpath(*parts)
    assert found.exists(), "The checks of the page are not installed: make .venv-test/page/installed"
    return found


def node() -> str:
    found = shutil.which("node")
    assert found, "The types of the page are checked by TypeScript, which needs Node.js: apt-get install nodejs npm"
    return found


PATIENCE = 90_000
"""Milliseconds to wait for what a busy machine takes long to do."""
WATCH = """window.violations = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""


@dataclass
class Visit:
    """A page that is open. wrong: what it reported as an error. sent: addresses that it asked for."""

    page: Page
    server: Server
    wrong: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def go(self, place: str, shown: str = "") -> None:
        """Show a view, such as handbook/search, and wait until it, or what is shown for it, is there."""
        self.page.goto(f"{self.server.url}/#/{place}")
        self.page.locator(f"main[data-address='#/{shown or place}'], main .failure, dialog").first.wait_for()

    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def ids(self, column: int = 0) -> list[str]:
        """The documents that a column of results shows."""
        items = self.page.locator(".hits").nth(column).locator("> li[data-id]")
        return [str(one.get_attribute("data-id")) for one in items.all()]

    def axe(self) -> list[str]:
        """Issues of any weight that axe finds, and values of ARIA that it cannot make out, by rule and element."""
        self.page.evaluate(tool("axe-core", "axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("axe.run(document)")
        assert len(found["passes"]) > 20
        bad = [*found["violations"], *(one for one in found["incomplete"] if one["id"].startswith("aria-"))]
        return [f"{one['id']}: {node['html'][:200]}" for one in bad for node in one["nodes"]]


@contextmanager
def visit(browser: Browser, server: Server, **how: Any) -> Iterator[Visit]:
    """Open the page in a browser of its own. It must break no rule of its policy, and ask nobody but the server."""
    settings: dict[str, Any] = {
        "locale": "en-GB",
        "viewport": {"width": 1080, "height": 720},
        "reduced_motion": "reduce",
    }
    context = browser.new_context(**{**settings, **how})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    made = Visit(page, server)
    page.on("pageerror", lambda error: made.wrong.append(str(error)))
    page.on("console", lambda said: made.wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("request", lambda request: made.sent.append(request.url))
    try:
        yield made
        assert made.wrong == []
        assert made.violations() == []
        assert [url for url in made.sent if not url.startswith((f"{server.url}/", f"blob:{server.url}"))] == []
    finally:
        context.close()


def answer(server: Server, path: str, body: object) -> Any:
    """What the API says to the same question."""
    reply = server.post(path, body)
    assert reply.status == 200, json.dumps(reply.body)
    return reply.body
