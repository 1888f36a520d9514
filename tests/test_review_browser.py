"""The report as a reviewer uses it: decisions made on the page of a file, taken in by a command."""

import shutil

import pandas as pd
import pytest
from browsing import open_file
from conftest import write_show
from reports import build_page
from test_report import hostile  # noqa: F401 - a fixture

import clusterkit
from clusterkit.cli import main
from clusterkit.decisions.kinds import format_line, parse_line
from clusterkit.decisions.log import DECISIONS_NAME, read_log_file
from clusterkit.report import prepare_report
from clusterkit.result_files import ASSIGNMENTS_NAME

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A show with four characters, its result and the facts of its report."""
    folder = tmp_path_factory.mktemp("reviewed")
    show = write_show(folder / "show", characters=4, frames=12)
    result = clusterkit.cluster_characters(
        show, folder / "out", model="builtin", progress=False, visualize=False
    )
    assert result.clustering.n_clusters == 4
    return result, prepare_report(result.output_dir)


@pytest.fixture
def page_file(made, tmp_path):
    return build_page(made[1], tmp_path / "report.html")


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made[0].output_dir, tmp_path / "out", symlinks=True)


def card(page, number):
    return page.locator(f"#character-{number}")


def rename(page, number, name):
    field = card(page, number).get_by_role("textbox")
    field.fill(name)
    field.press("Enter")


def answer(page, number, other, words):
    """Compare two characters in the picker of the first."""
    card(page, number).get_by_role("button", name="Same character?").click()
    page.locator("dialog.ck-picker").get_by_role(
        "button", name=f"{words}: {other}", exact=True
    ).click()
    page.keyboard.press("Escape")


def count_pending(page):
    bar = page.locator(".ck-review")
    return int(bar.locator("b").first.inner_text().split()[0]) if bar.is_visible() else 0


def list_pending(page):
    if page.locator("#ck-pending").is_hidden():
        page.get_by_role("button", name="List", exact=True).click()
    return page.locator("#ck-pending .ck-who").all_inner_texts()


def take_back(page, words):
    list_pending(page)
    page.locator("#ck-pending li", has_text=words).get_by_role("button").click()


def download(page, path):
    with page.expect_download() as found:
        page.get_by_role("button", name="Download decisions.jsonl").click()
    assert found.value.suggested_filename == DECISIONS_NAME
    found.value.save_as(path)
    return path


def find_names(out):
    found = clusterkit.load_result(out).assignments
    return set(found["character"].dropna())


def test_the_whole_round(chromium, made, out, page_file, tmp_path, capsys):
    facts = made[1]
    with open_file(chromium, page_file) as page:
        assert count_pending(page) == 0
        rename(page, 0, "  Endou Mamoru? ")
        answer(page, 1, "character_002", "Same")
        answer(page, 0, "character_003", "Not the same")
        rename(page, 2, "rin")
        card(page, 3).locator("[data-ck-gallery]").click()
        tiles = page.locator("dialog .ck-tile")
        tiles.first.click()
        tiles.nth(1).focus()
        page.keyboard.press("x")
        rejected = [tiles.nth(n).get_attribute("title") for n in range(2)]
        assert tiles.nth(1).get_attribute("aria-pressed") == "true"
        assert page.evaluate("document.activeElement.title") == rejected[1], "the focus stays"
        page.keyboard.press("Escape")
        assert count_pending(page) == 5

        page.reload()
        assert count_pending(page) == 5
        assert list_pending(page) == [
            "character_000 is Endou Mamoru?", "character_001 is the same as character_002",
            "character_000 is not character_003", "character_002 is rin",
            "2 frames of character_003 rejected",
        ]  # fmt: skip
        assert card(page, 1).get_by_role("textbox").input_value() == "rin", "the two are one"
        assert page.locator(".ck-cast a").nth(1).inner_text().startswith("rin")
        take_back(page, "character_000 is not")
        assert count_pending(page) == 4
        file = download(page, tmp_path / "theirs.jsonl")
        assert "downloaded" in page.locator(".ck-review p").last.inner_text()

    lines = file.read_text(encoding="utf-8").splitlines()
    decisions = [parse_line(line) for line in lines]
    assert [decision.kind for decision in decisions] == ["name", "same", "name", "reject"]
    assert [format_line(decision) for decision in decisions] == lines, "as the log writes them"
    assert len({decision.id for decision in decisions}) == 4
    assert decisions == sorted(decisions, key=lambda decision: decision.order)
    digests = facts.result.quality["digest"]
    for decision, labels in zip(decisions[:3], [[[0]], [[1], [2]], [[1, 2]]], strict=True):
        assert [set(group) for group in decision.frames] == [
            set(digests[[code in group for code in facts.codes]]) for group in labels
        ], "all frames of a character, so that it holds for other clusterings"

    assert main(["log", str(out), "--import", str(file)]) == 0
    assert "4 decisions taken in, 0 known already, 0 lines passed over" in capsys.readouterr().out
    assert find_names(out) == {"Endou Mamoru?", "rin", "character_003"}
    assert (out / "rin").is_dir()
    found = clusterkit.load_result(out).assignments.set_index("path")
    assert set(found.loc[rejected, "status"]) == {"rejected"}
    assert main(["log", str(out), "--import", str(file)]) == 0
    assert "0 decisions taken in, 4 known already" in capsys.readouterr().out


def test_what_was_taken_in_is_pending_no_more(chromium, made, out, tmp_path):
    path = build_page(prepare_report(out), tmp_path / "report.html")
    with open_file(chromium, path) as page:
        rename(page, 0, "mai")
        file = download(page, tmp_path / "one.jsonl")
        rename(page, 1, "rin")
        assert main(["log", str(out), "--import", str(file)]) == 0
        build_page(prepare_report(out), path)
        page.reload()
        assert list_pending(page) == ["character_001 is rin"]
        assert card(page, 0).get_by_role("textbox").input_value() == "mai"


def test_what_is_pending_outlives_another_clustering(chromium, made, tmp_path):
    out = tmp_path / "out"
    options = {"model": "builtin", "progress": False, "visualize": False}
    show = shutil.copytree(made[0].input_dir, tmp_path / "show")
    clusterkit.cluster_characters(show, out, **options)
    path = build_page(prepare_report(out), tmp_path / "report.html")
    with open_file(chromium, path) as page:
        rename(page, 3, "mai")
        twelve = show / "episode_001" / "character"
        for file in twelve.glob("scene0001_*"):
            file.unlink()  # the largest is now the smallest: every number is another one
        later = clusterkit.cluster_characters(show, out, **options)
        build_page(prepare_report(out), path)
        page.reload()
        assert count_pending(page) == 1
        named = page.get_by_role("textbox").evaluate_all("all => all.map((one) => one.value)")
        assert named.count("mai") == 1
        file = download(page, tmp_path / "theirs.jsonl")
    (decision,) = read_log_file(file).decisions
    labels = later.clustering.labels[later.quality["digest"].isin(decision.frames[0])]
    assert set(labels) == {named.index("mai")}
    assert set(labels) != {3}


def test_what_was_downloaded_is_undone_by_a_line(chromium, out, page_file, tmp_path):
    with open_file(chromium, page_file) as page:
        answer(page, 0, "character_001", "Same")
        rename(page, 0, "mai")
        first = download(page, tmp_path / "first.jsonl")
        take_back(page, "is the same as")
        assert "not downloaded yet" in page.locator(".ck-review p").last.inner_text()
        second = download(page, tmp_path / "second.jsonl")
    for file in (first, second):
        assert main(["log", str(out), "--import", str(file)]) == 0
    assert find_names(out) == {"mai", "character_001", "character_002", "character_003"}
    log = clusterkit.read_log(out)
    assert [d.kind for d in log.decisions] == ["same", "name", "undo", "undo", "name"]
    made = clusterkit.load_result(out).assignments["character"].value_counts()
    assert made["mai"] == 24, "the name, given to two that were one, is of one again"


def test_a_name_is_one_character(chromium, page_file):
    with open_file(chromium, page_file) as page:
        rename(page, 0, "mai")
        rename(page, 1, "mai")
        assert "the name of another character" in card(page, 1).get_by_role("alert").inner_text()
        assert count_pending(page) == 1
        rename(page, 1, "rin")
        assert card(page, 1).get_by_role("alert").count() == 0
        rename(page, 0, "")
        assert list_pending(page) == ["character_001 is rin"]
        answer(page, 0, "rin", "Same")
        answer(page, 0, "rin", "Not the same")
        assert list_pending(page)[1:] == ["character_000 is not character_001"], "the later wins"


def test_a_browser_that_keeps_nothing_says_so(chromium, page_file):
    with open_file(chromium, page_file) as page:
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', "
            "{ get() { throw new DOMException('denied', 'SecurityError'); } });"
        )
        page.reload()
        rename(page, 0, "mai")
        assert "keeps nothing" in page.locator(".ck-review p").last.inner_text()
        assert count_pending(page) == 1


def test_by_keyboard_alone(chromium, page_file):
    with open_file(chromium, page_file) as page:
        page.locator("#character-1").get_by_role("button", name="Same character?").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == "Same character?"
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "List":
                break
        page.keyboard.press("Enter")
        assert page.locator("#ck-pending li").count() == 1
        assert "is not" in page.locator("#ck-pending li").inner_text()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        assert count_pending(page) == 0


def test_names_stay_text(chromium, hostile, tmp_path):  # noqa: F811
    name = "</script><img src=x onerror=window.hacked=5>\u202e"
    with open_file(chromium, build_page(hostile, tmp_path / "report.html")) as page:
        rename(page, 0, name)
        page.reload()
        assert list_pending(page) == [f"</script><img src=x onerror=window.hacked=4> is {name}"]
        card(page, 0).locator("[data-ck-gallery]").click()
        page.locator("dialog .ck-tile").first.click()
        page.keyboard.press("Escape")
        file = download(page, tmp_path / "theirs.jsonl")
        assert page.evaluate("window.hacked") is None
        assert page.locator("img:not([src^='data:'])").count() == 0
    assert read_log_file(file).decisions[0].values["name"] == name
    assert not read_log_file(file).damaged


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_reaches_beyond_the_page(chromium, page_file, width):
    with open_file(chromium, page_file, viewport={"width": width, "height": 700}) as page:
        rename(page, 0, "a name that goes on " * 8)
        rename(page, 1, "x" * 120)
        answer(page, 2, "x" * 120, "Not the same")
        list_pending(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".ck-review").bounding_box()["height"] < 500
        page.get_by_role("button", name="Hide").click()
        card(page, 2).get_by_role("button", name="Same character?").click()
        assert page.locator("dialog.ck-picker").evaluate("node => node.scrollWidth") <= width


def test_on_paper_there_are_names_and_no_controls(chromium, page_file):
    with open_file(chromium, page_file) as page:
        rename(page, 0, "mai")
        answer(page, 1, "character_002", "Not the same")
        page.emulate_media(media="print")
        for part in (".ck-review", ".ck-rename", ".ck-invite", ".ck-answers", ".ck-ask"):
            assert page.locator(f"{part}:visible").count() == 0, part
        assert card(page, 0).locator("h3 bdi").bounding_box()["height"] > 8
        assert card(page, 0).locator("h3").inner_text() == "mai"


def test_without_a_script_the_page_reads_as_before(chromium, page_file):
    with open_file(chromium, page_file, java_script_enabled=False) as page:
        assert card(page, 0).locator("h3 bdi").bounding_box()["height"] > 8
        assert page.get_by_role("textbox").count() == 0
        assert page.get_by_text("Review it here").count() == 0


@pytest.fixture
def halved(out):
    """A result in which the two largest characters were found in two halves each."""
    listing = out / ASSIGNMENTS_NAME
    table = pd.read_csv(listing)
    for label in (0, 1):
        rows = table.index[table["cluster"] == label][::2]
        table.loc[rows, ["cluster", "character"]] = [4 + label, f"character_{4 + label:03d}"]
    table.to_csv(listing, index=False)
    return out


def read_question(page):
    return page.locator(".ck-ask bdi").all_inner_texts()


def test_names_and_pairs_belong_to_the_cards_however_they_are_ranked(halved):
    """A half has fewer frames than those that had higher numbers: its card comes later."""
    clusterkit.load_result(halved).rename("character_000", "mai")
    report = prepare_report(halved)
    cards = {character.label: character.name for character in report.characters}
    assert report.review.names == {label: "mai" for label, name in cards.items() if name == "mai"}
    asked = [{cards[label] for label in pair} for pair in report.review.pairs]
    assert {"mai", "character_004"} in asked
    assert {"character_001", "character_005"} in asked


def test_pairs_that_look_alike_are_asked_about_one_by_one(chromium, halved, tmp_path):
    path = build_page(prepare_report(halved), tmp_path / "report.html")
    with open_file(chromium, path) as page:
        panel = page.locator(".ck-ask")
        assert "2 pairs that look alike" in panel.inner_text()
        first = read_question(page)
        assert {name[-3:] for name in first} in ({"000", "004"}, {"001", "005"})
        assert panel.locator(".ck-face:visible").count() >= 4
        panel.get_by_role("button", name="Skip").focus()
        page.keyboard.press("Enter")
        second = read_question(page)
        assert set(second).isdisjoint(first)
        assert page.evaluate("document.activeElement.textContent") == "Skip", "the focus stays"
        panel.get_by_role("button", name="Not the same").click()
        assert read_question(page) == first, "what was skipped comes last"
        assert "1 pair that looks alike" in panel.inner_text()
        panel.get_by_role("button", name="Same", exact=True).click()
        assert "All pairs that look alike are answered" in panel.inner_text()
        assert list_pending(page) == [
            f"{second[0]} is not {second[1]}", f"{first[0]} is the same as {first[1]}"
        ]  # fmt: skip
        take_back(page, "is not")
        assert read_question(page) == second, "an answer taken back is asked again"
        panel.get_by_role("button", name="Not the same").click()
        file = download(page, tmp_path / "theirs.jsonl")
    decisions = read_log_file(file).decisions
    assert sorted(decision.kind for decision in decisions) == ["not-same", "same"]
    assert main(["log", str(halved), "--import", str(file)]) == 0
    assert len(find_names(halved)) == 5
    assert not prepare_report(halved).review.pairs, "what was answered is asked no more"


@pytest.mark.parametrize("width", [320, 1280])
def test_a_question_fits_the_page(chromium, halved, tmp_path, width):
    path = build_page(prepare_report(halved), tmp_path / "report.html")
    with open_file(chromium, path, viewport={"width": width, "height": 700}) as page:
        rename(page, 0, "a name that goes on " * 8)
        rename(page, 1, "x" * 120)
        assert page.locator(".ck-ask").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
