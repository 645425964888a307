"""The page in a real browser: each view walked through, its answers compared with those of the API.

PAGE_IMAGES=docs/images makes the pictures of the documentation anew.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import tiny_families, tiny_prompts
from helpers.guarded import drawn, made, visible
from helpers.page import HOSTILE, TURNED, Visit, answer, browsing, make_indexes, visit
from helpers.server import Server, serving
from playwright.sync_api import Browser, Route, expect

from askew import Index
from askew.dedup.review import pairs_by_hand
from askew.server import keys

VIEWS = (
    "handbook/search",
    "handbook/evaluate",
    "support/duplicates",
    "support/map",
    "handbook/about",
    "help/faq",
    "help/about",
)
QUERY = "can I bring my dog to work?"
PUPPY = "may I take my puppy along?"
MOST = 150_000
"""Bytes of a picture in the documentation."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("page")
    make_indexes(home / "indexes")
    cards = home / "cards"
    cards.mkdir()
    model = tiny_families.save("bert", cards / "tiny", seed=3)
    card = tiny_prompts.card_of(model)
    card.write_text(card.read_text().replace('folder = "tiny"', f'folder = "{model}"'))
    with serving(home / "indexes", "--model=hashing", cards=cards) as server:
        roles = {"name": "roles", "task": "question-answering", "model": "tiny"}
        assert server.post("/v1/indexes", roles).status == 201
        texts = ["query of pets", "passage of pets", "pets are allowed", "a query", "passage passage dogs"]
        answer(
            server,
            "/v1/indexes/roles/documents",
            {"documents": [{"id": f"r{n}", "text": one} for n, one in enumerate(texts)]},
        )
        assert server.post("/v1/indexes", {"name": "own", "task": "paraphrase", "dim": 2}).status == 201
        given = {"documents": [{"id": "a", "text": "own vectors"}], "vectors": [[1.0, 0.0]]}
        answer(server, "/v1/indexes/own/documents", given)
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """A server with keys, the key of a reader who sees a part of an index, and that of the owner."""
    folder = tmp_path_factory.mktemp("guarded") / "indexes"
    made(folder, drawn(1, 30)).close()
    with Index.create(folder / "private", "paraphrase", model="hashing") as private:
        private.add([{"id": "a", "text": "A memo."}], progress=False)
    reader, _ = keys.add(folder, "reader", ["guarded"], ["read"], ["staff"])
    owner, _ = keys.add(folder, "owner", ["*"], ["admin"])
    with serving(folder, "--model=hashing") as server:
        yield server, reader, owner


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as started:
        yield started


@pytest.fixture
def seen(browser: Browser, shown: Server) -> Iterator[Visit]:
    with visit(browser, shown) as opened:
        yield opened


def picture(opened: Visit, name: str, **how: Any) -> None:
    """Take a picture for the documentation, if it is asked for: 128 colours, which are all that the page has."""
    folder = os.environ.get("PAGE_IMAGES")
    if not folder:
        return
    from PIL import Image

    opened.page.mouse.move(0, 0)
    data = opened.page.screenshot(animations="disabled", **how)
    place = Path(folder) / f"page-{name}.png"
    Image.open(io.BytesIO(data)).convert("RGB").quantize(128).save(place, optimize=True)
    assert place.stat().st_size <= MOST


def settled(opened: Visit) -> None:
    """Wait until the typing is over and the best sentences are marked."""
    opened.page.locator("mark.sentence").first.wait_for()


def test_results_follow_the_typing_and_stale_requests_are_aborted(seen: Visit, shown: Server) -> None:
    held: list[Route] = []
    aborted: list[str] = []
    seen.go("handbook/search")
    seen.page.on("requestfailed", lambda request: aborted.append(request.url))
    seen.page.route("**/search", lambda route: held.append(route) if len(held) < 1 else route.continue_())
    seen.page.keyboard.type("holiday")  # the field has the focus from the start
    seen.page.wait_for_timeout(100)
    seen.page.keyboard.type(" pay when I leave", delay=60)
    expect(seen.page.locator(".hits > li[data-id]")).to_have_count(10)
    settled(seen)
    assert len(held) == 1
    assert any(url.endswith("/handbook/search") for url in aborted)
    found = answer(
        shown, "/v1/indexes/handbook/search", {"query": "holiday pay when I leave", "k": 10, "mode": "hybrid"}
    )
    assert seen.ids() == [hit["id"] for hit in found["hits"]]
    assert "10" in seen.page.locator("#said").inner_text()
    assert seen.page.locator("mark.word").count() > 3
    seen.page.locator("#query").fill("")
    expect(seen.page.locator(".hits > li")).to_have_count(0)


def test_filters_are_made_from_the_fields(seen: Visit, shown: Server) -> None:
    seen.go("handbook/search")
    seen.page.locator("details.filter > summary").click()
    form = seen.page.locator("form.filters")
    assert form.locator("bdi").all_inner_texts() == ["binding", "owner", "pages", "reviewed"]
    seen.page.locator("#query").fill("leave")
    form.get_by_label("binding").select_option("true")
    form.get_by_label("owner").fill("Fin")
    form.get_by_label("pages: from").fill("2")
    form.get_by_label("reviewed: to").fill("2024-09-30")
    where = {"binding": True, "owner": {"$contains": "Fin"}, "pages": {"$gte": 2}, "reviewed": {"$lte": "2024-09-30"}}
    found = answer(shown, "/v1/indexes/handbook/search", {"query": "leave", "where": where})
    assert 0 < len(found["hits"]) < 10
    expect(seen.page.locator(".hits > li[data-id]")).to_have_count(len(found["hits"]))
    assert seen.ids() == [hit["id"] for hit in found["hits"]]
    form.get_by_role("button").click()
    expect(seen.page.locator(".hits > li[data-id]")).to_have_count(10)


def test_two_readings_stand_side_by_side_and_are_swapped(seen: Visit, shown: Server) -> None:
    seen.go("handbook/search")
    seen.page.locator("#query").fill(PUPPY)
    seen.page.get_by_role("combobox", name="Reading", exact=True).select_option("dense")
    seen.page.get_by_label("Beside it").select_option("lexical")
    expect(seen.page.locator(".hits").nth(1).locator("> li[data-id]")).to_have_count(10)
    settled(seen)
    ranked = [
        [hit["id"] for hit in answer(shown, "/v1/indexes/handbook/search", {"query": PUPPY, "mode": mode})["hits"]]
        for mode in ("dense", "lexical")
    ]
    assert ranked[0] != ranked[1]
    assert [seen.ids(0), seen.ids(1)] == ranked
    only = sum(id not in ranked[1] for id in ranked[0])
    assert seen.page.locator(".hits").nth(0).locator(".moved.only").count() == only > 0
    picture(seen, "search")
    seen.page.get_by_role("button", name="Swap the two readings").click()
    expect(seen.page.locator(".column h2").nth(0)).to_have_text("Words (BM25)")
    expect(seen.page.locator(".hits").nth(0).locator(f"> li[data-id='{ranked[1][3]}']")).to_have_count(1)
    seen.page.wait_for_timeout(300)
    assert [seen.ids(0), seen.ids(1)] == ranked[::-1]


def test_nothing_can_be_typed_into_a_view_that_is_about_to_go(seen: Visit) -> None:
    held: list[Route] = []
    seen.go("handbook/search")
    seen.page.route("**/v1/indexes/roles", lambda route: held.append(route))
    seen.page.evaluate("location.hash = '#/roles/search'")
    main = seen.page.locator("main")
    expect(main).to_have_attribute("inert", "")
    expect(main).to_have_attribute("data-address", "#/handbook/search")
    seen.page.keyboard.type("lost")
    assert seen.page.locator("#query").input_value() == ""
    held[0].continue_()
    expect(main).to_have_attribute("data-address", "#/roles/search")
    seen.page.locator("#query").fill("kept")
    assert seen.page.locator("#query").input_value() == "kept"


def test_a_query_is_read_as_a_document_where_the_roles_differ(seen: Visit, shown: Server) -> None:
    seen.go("handbook/search")
    assert seen.page.get_by_role("combobox", name="Reading", exact=True).locator("option").count() == 3
    seen.go("roles/search")
    seen.page.locator("#query").fill("passage")
    seen.page.get_by_role("combobox", name="Reading", exact=True).select_option("dense")
    seen.page.get_by_label("Beside it").select_option("document")
    expect(seen.page.locator(".hits").nth(1).locator("> li[data-id]")).to_have_count(5)
    seen.page.wait_for_timeout(200)
    asked = answer(shown, "/v1/indexes/roles/search", {"query": "passage", "mode": "dense"})["hits"]
    alike = answer(shown, "/v1/indexes/roles/similar", {"text": "passage"})["hits"]
    assert [hit["score"] for hit in asked] != [hit["score"] for hit in alike]
    assert [seen.ids(0), seen.ids(1)] == [[hit["id"] for hit in asked], [hit["id"] for hit in alike]]


def test_an_index_without_a_model_is_read_by_words(seen: Visit) -> None:
    seen.go("own/search")
    reading = seen.page.get_by_role("combobox", name="Reading", exact=True)
    assert reading.locator("option").all_inner_texts() == ["Words (BM25)"]
    seen.page.locator("#query").fill("vectors")
    expect(seen.page.locator(".hits > li[data-id]")).to_have_count(1)
    seen.go("own/evaluate")
    seen.page.locator("#judge-query").fill("vectors")
    seen.page.keyboard.press("Enter")
    seen.page.locator(".judge .relevant").click()
    expect(seen.page.locator(".figures tbody tr")).to_have_count(1)


def test_an_explanation_opens_beside_the_results(seen: Visit, shown: Server) -> None:
    seen.go("handbook/search")
    seen.page.locator("#query").fill(QUERY)
    settled(seen)
    second = seen.ids()[1]
    seen.page.locator(f".hits > li[data-id='{second}'] button").click()
    panel = seen.page.locator("dialog.panel")
    panel.locator(".bars .name").first.wait_for()
    found = answer(shown, "/v1/indexes/handbook/explain", {"query": QUERY, "document": second})
    rows = panel.locator("tbody").first.locator("tr").all_inner_texts()
    for name, row in zip(("dense", "lexical", "hybrid"), rows, strict=True):
        assert f"{found[name]['rank']} of {found[name]['of']}" in row
    words = [one["word"] for one in found["query_words"]["words"]][:6]
    assert panel.locator(".bars").nth(1).locator(".name").all_inner_texts() == words
    assert seen.page.evaluate("document.activeElement.closest('dialog') !== null")
    assert seen.axe() == []
    picture(seen, "explain")
    seen.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert seen.page.evaluate("document.activeElement.closest('li').dataset.id") == second


def test_the_faq_answers_refuses_and_says_what_a_promise_costs(seen: Visit, shown: Server) -> None:
    seen.go("help/faq")
    message = "can I use PayPal"
    seen.page.locator("#message").fill(message)
    expect(seen.page.locator(".answer h2")).to_have_text("Which ways to pay do you accept?")
    found = answer(shown, "/v1/indexes/help/faq", {"message": message})
    assert seen.page.locator(".near li").count() == len(found["near"]) == 5
    promise = seen.page.get_by_label("Precision promised")
    for _ in range(4):
        promise.press("ArrowRight")
    [cost] = shown.get("/v1/indexes/help/calibration?precision=0.8").body["costs"]
    told = seen.page.locator(".slider").nth(1).inner_text()
    assert "80%" in told
    assert f"{round(cost['coverage'] * 100)}%" in told
    assert f"{cost['wrong']} of {cost['above']}" in told
    expect(seen.page.locator(".reply > p")).to_have_count(0)  # it is about the score, which does not decide now
    expect(seen.page.locator(".answer h2")).to_have_text("Which ways to pay do you accept?")
    assert seen.page.get_by_label("Answer from a score of").is_disabled()
    picture(seen, "faq")
    promise.press("Home")
    expect(seen.page.locator(".reply > p")).to_have_count(1)
    seen.page.get_by_label("Answer from a score of").press("End")
    expect(seen.page.locator(".answer h2")).to_have_text("No answer")
    seen.page.get_by_label("Answer from a score of").press("Home")
    expect(seen.page.locator(".answer.refused")).to_have_count(0)
    seen.page.locator("#message").fill("What is the capital of Peru?")
    for _ in range(50):
        seen.page.get_by_label("Answer from a score of").press("ArrowRight")
    expect(seen.page.locator(".answer.refused")).to_have_count(1)


def test_duplicates_are_decided_by_keys_and_exported_as_labels(seen: Visit, shown: Server, tmp_path: Path) -> None:
    seen.go("support/duplicates")
    seen.page.get_by_role("button", name="Find duplicates").click()
    seen.page.locator(".card").wait_for()
    pairs = shown.wait(f"/v1/jobs/{shown.get('/v1/jobs').body['jobs'][-1]['id']}")["result"]["pairs"]
    status = seen.page.locator("main [role=status]")
    for key, place, decided in (
        ("s", 2, 1),
        ("d", 3, 2),
        ("s", 4, 3),
        ("u", 3, 2),
        ("ArrowRight", 4, 2),
        ("ArrowLeft", 3, 2),
    ):
        seen.page.keyboard.press(key)
        expect(status).to_have_text(f"Pair {place} of {len(pairs)}, {decided} decided")
    third = pairs[2]
    marks = seen.page.locator(".card .side").nth(0).locator("mark.evidence").all_inner_texts()
    assert marks == [third["a"]["text"][start:end] for start, end in third["a"]["evidence"]]
    picture(seen, "duplicates")
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Save the labels").click()
    table = tmp_path / "labels.csv"
    download.value.save_as(table)
    labelled = pairs_by_hand(table)
    assert [(one.a, one.b, one.same) for one in labelled] == [
        (pairs[0]["a"]["text"], pairs[0]["b"]["text"], True), (pairs[1]["a"]["text"], pairs[1]["b"]["text"], False)
    ]  # fmt: skip
    with Index.open(shown.folder / "support") as index:
        found = index.duplicates(labelled=table, progress=False)
    gone, kept = {row.id for row in found.removed}, {pairs[1]["a"]["id"], pairs[1]["b"]["id"]}
    assert gone & {pairs[0]["a"]["id"], pairs[0]["b"]["id"]}
    assert not kept <= gone


def test_the_map_is_zoomed_searched_and_read_as_a_list(seen: Visit) -> None:
    seen.go("support/map")
    seen.page.get_by_role("button", name="Draw the map").click()
    canvas = seen.page.locator(".stage canvas")
    canvas.wait_for()
    pixels = "c => c.toDataURL()"
    for act in (lambda: canvas.press("+"), lambda: canvas.press("ArrowLeft"), lambda: seen.page.mouse.wheel(0, -300)):
        canvas.hover()
        seen.page.wait_for_timeout(100)
        before = canvas.evaluate(pixels)
        act()
        seen.page.wait_for_timeout(100)
        assert canvas.evaluate(pixels) != before
    seen.page.get_by_role("button", name="All", exact=True).click()
    seen.page.evaluate("scrollTo(0, 0)")
    picture(seen, "map")
    lists = seen.page.locator(".clusters details")
    sizes = [int(one.inner_text()) for one in lists.locator("summary .soft").all()]
    assert sum(sizes) == 150
    seen.page.get_by_label("Search in the map").fill("tent")
    expect(seen.page.locator("main .status")).to_contain_text("found")
    found = lists.locator("li button")
    assert found.count() == int(seen.page.locator("main .status").inner_text().split()[0]) > 3
    text = found.nth(0).inner_text()
    found.nth(0).focus()
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator(".chosen")).to_contain_text(text[:60])


def test_judgements_by_click_move_the_measures(seen: Visit) -> None:
    seen.go("handbook/evaluate")
    for query, good in ((QUERY, (0, 2)), ("how much holiday do I get", (1,)), ("I am ill, whom do I call", (0,))):
        seen.page.locator("#judge-query").fill(query)
        with seen.page.expect_response(lambda reply: reply.url.endswith("/search")):
            seen.page.keyboard.press("Enter")
        seen.page.locator(".judge").first.wait_for()
        for place in good:
            seen.page.locator(".judge").nth(place).get_by_role("button", name="Relevant", exact=False).first.click()
    seen.page.locator(".judge").nth(1).locator(".irrelevant").click()
    expect(seen.page.locator(".figures p.soft").first).to_contain_text("3 judged queries")
    measure = seen.page.locator(".figures tbody tr").nth(0).locator(".interval").nth(1)
    low, high = (float(part) for part in measure.locator(".soft").inner_text().split(" – "))
    mean = float(measure.locator("strong").inner_text())
    assert low <= mean <= high
    assert low < high
    seen.page.evaluate("scrollTo(0, 0)")
    picture(seen, "evaluation")
    with seen.page.expect_response(lambda reply: reply.url.endswith("/evaluate")):
        seen.page.locator(".judge").nth(9).locator(".relevant").click()
        seen.page.locator(".judge").nth(0).locator(".relevant").click()  # taken back
    expect(measure.locator("strong")).not_to_have_text(f"{mean:.3f}")
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Save judgements").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 5
    assert all(len(line.split("\t")) == 3 for line in lines)


def test_contract_truncation_and_health_are_shown(seen: Visit, shown: Server) -> None:
    seen.go("handbook/about")
    about = shown.get("/v1/indexes/handbook").body
    facts = seen.page.locator(".facts dd").all_inner_texts()
    assert facts[:2] == ["enterprise-search", "all-MiniLM-L6-v2"]
    assert facts[-1] == about["contract"]["fingerprint"][:16]
    expect(seen.page.locator(".about section").nth(1)).to_contain_text(f"{about['sizes']['seen']:,}")
    seen.page.get_by_role("button", name="Check").click()
    expect(seen.page.locator(".finding").first).to_be_visible()
    assert seen.page.locator(".finding.fine").count() > 5
    assert seen.axe() == []
    seen.go("help/about")
    expect(seen.page.locator(".facts")).to_have_count(2)


def test_each_key_sees_what_it_may_and_refusals_are_told_in_words(
    browser: Browser, guarded: tuple[Server, str, str]
) -> None:
    server, reader, owner = guarded
    shown = {one.id for one in visible(drawn(1, 30), ["staff"])}
    with visit(browser, server) as first, visit(browser, server) as second:
        for opened, secret, indexes in ((first, reader, ["guarded"]), (second, owner, ["guarded", "private"])):
            opened.go("guarded/search")
            dialog = opened.page.locator("dialog.key")
            dialog.get_by_label("Key").fill("askew_wrong")
            opened.page.keyboard.press("Enter")
            expect(dialog.locator(".failure")).to_contain_text("not known")
            dialog.get_by_label("Key").fill(secret)
            opened.page.keyboard.press("Enter")
            expect(dialog).to_have_count(0)
            opened.page.locator("#query").fill("holiday pay secret merger budget kayak")
            opened.page.locator(".hits > li[data-id]").first.wait_for()
            assert opened.page.get_by_label("Index").locator("option").all_inner_texts() == indexes
            stored = opened.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
            assert secret in stored.split("}")[1]
            assert secret not in stored.split("}")[0] + stored.split("}")[2]
        assert set(first.ids()) <= shown
        assert not set(second.ids()) <= shown
        second.go("guarded/duplicates")
        second.page.locator("input[type=number]").fill("0.3")
        second.page.locator("button.primary").click()
        second.page.locator(".card").wait_for()
        second.page.get_by_role("button", name="Key").click()
        second.page.get_by_label("Key", exact=True).fill(reader)
        second.page.keyboard.press("Enter")
        expect(second.page.get_by_label("Index").locator("option")).to_have_count(1)
        assert second.page.locator(".card").count() == 0  # what the owner was shown is gone
        first.go("private/search", "guarded/")
        expect(first.page.get_by_label("Index").locator("option")).to_have_count(1)
        words = "import('./web/api.js').then(({ask}) => ask('GET', 'metrics')).catch(e => [e.status, e.words])"
        assert first.page.evaluate(words) == [403, "You have no right to do this."]
        assert all(secret not in url for secret in (reader, owner) for url in first.sent + second.sent)


def test_a_busy_server_is_told_in_words(seen: Visit, shown: Server) -> None:
    seen.go("wild/about")
    words = """async () => {
      const {ask} = await import("./web/api.js");
      try {
        for (;;) await ask("POST", "v1/indexes/handbook/check", {depth: "deep"});
      } catch (error) {
        return [error.status, error.words];
      }
    }"""
    status, told = seen.page.evaluate(words)
    assert (status, told) == (429, "The server has too much to do. Try again in 1 s.")
    for job in shown.get("/v1/jobs").body["jobs"]:
        shown("DELETE", f"/v1/jobs/{job['id']}")


def test_hostile_texts_do_nothing(seen: Visit) -> None:
    seen.go("wild/search")
    seen.page.locator("#query").fill("holiday <img src=x onerror=window.hacked=1>")
    expect(seen.page.locator(".hits > li[data-id]")).to_have_count(10)
    page = seen.page
    page.locator("details.filter > summary").click()
    assert page.locator("form.filters bdi").first.inner_text() == HOSTILE
    assert page.locator("main img, main script, main style, main iframe").count() == 0
    assert HOSTILE in page.locator(".hits").first.inner_text().replace("\n", "")
    turned = page.locator(".hits").first.locator("h3 bdi", has_text="gnp")
    assert turned.evaluate("e => [e.textContent, getComputedStyle(e).unicodeBidi]") == [TURNED, "isolate"]
    assert seen.overflow() <= 0
    for view in ("duplicates", "map", "about"):
        seen.go(f"wild/{view}")
        page.locator("button.primary").click()
        page.locator(".card, .clusters, .finding, .empty").first.wait_for()
        if view == "map":
            page.locator(".clusters summary").first.click()
        page.wait_for_timeout(400)
        assert seen.overflow() <= 0, view
    assert page.evaluate("window.hacked") is None
    # The policy would stop what the page let through.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hacked=1'}))"
    )
    assert page.evaluate("window.hacked") is None
    page.wait_for_function("window.violations.length === 1")
    assert seen.violations()[0].startswith("script-src")
    page.evaluate("window.violations = []")
    seen.wrong.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_phone(browser: Browser, shown: Server, scheme: str) -> None:
    size, locale = {"width": 320, "height": 700}, "de-DE" if scheme == "light" else "en-GB"
    with visit(browser, shown, color_scheme=scheme, viewport=size, has_touch=True, locale=locale) as phone:
        for view in VIEWS:
            phone.go(view)
            if view.endswith("search"):
                phone.page.locator("#query").fill(QUERY)
                settled(phone)
                if scheme == "dark":
                    picture(phone, "phone")
            if view.endswith("faq"):
                phone.page.locator("#message").fill("PayPal?")
                phone.page.locator(".near li").first.wait_for()
            if view.endswith(("duplicates", "map")):
                phone.page.locator("button.primary").click()
                phone.page.locator(".card, .clusters summary").first.wait_for()
            assert phone.overflow() <= 0, view
            assert phone.axe() == [], view
            assert phone.page.locator("main").count() == phone.page.locator("h1").count() == 1


def test_dark_is_the_systems_or_chosen_and_kept(browser: Browser, shown: Server) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    with visit(browser, shown, color_scheme="dark") as opened:
        opened.go("handbook/search")
        dark = opened.page.evaluate(colour)
        opened.page.get_by_role("button", name="Light mode").click()
        light = opened.page.evaluate(colour)
        assert sum(map(int, light[4:-1].split(","))) > 600 > 200 > sum(map(int, dark[4:-1].split(",")))
        opened.page.reload()
        opened.page.get_by_role("button", name="Dark mode").wait_for()
        assert opened.page.evaluate(colour) == light


def test_the_language_is_the_browsers_or_chosen(browser: Browser, shown: Server) -> None:
    with visit(browser, shown, locale="de-AT") as opened:
        opened.go("handbook/search")
        assert opened.page.locator("h1").inner_text() == "Suche"
        opened.page.locator("#query").fill(QUERY)
        settled(opened)
        assert opened.page.locator(".status").first.inner_text().startswith("10 Dokumente")
        opened.page.get_by_label("Sprache").select_option("en")
        expect(opened.page.locator("h1")).to_have_text("Search")
        assert opened.page.locator("html").get_attribute("lang") == "en"
        assert opened.page.locator("#query").input_value() == QUERY


def test_everything_is_reached_by_keys(seen: Visit) -> None:
    seen.go("handbook/search")
    seen.page.locator(".brand").focus()
    seen.page.keyboard.press("Shift+Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("document.activeElement.id") == "main"
    seen.page.locator("nav a[href$=duplicates]").focus()
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("h1")).to_have_text("Duplicates")
    assert seen.page.evaluate("document.activeElement.id") == "main"
    assert seen.page.locator("nav a[aria-current=page]").inner_text() == "Duplicates"
