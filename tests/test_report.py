import dataclasses
import json
import os

import numpy as np
import pytest
from conftest import encode_png, jitter, make_rgba, write_show
from reports import build_page, read_page

import clusterkit
from clusterkit.cli import main
from clusterkit.clustering import STATUSES
from clusterkit.images import make_thumbnail
from clusterkit.report import prepare_report, show_left_out, write_report
from clusterkit.report.pictures import GROUND, _draw_tile

HOSTILE = (
    '<img src=x onerror="window.hacked=1">.png',
    "'\"quoted\" & 'more'\".png",
    "</script><script>window.hacked=2</script>.png",
    "line\nbreak \u202eturned.png",
    "caf\udce9.png",
)


@pytest.fixture(scope="module")
def facts(report_result):
    return prepare_report(report_result.output_dir)


@pytest.fixture(scope="module")
def page(facts, tmp_path_factory):
    return read_page(build_page(facts, tmp_path_factory.mktemp("page") / "report.html"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A result whose names try to break out of the page; and one character named like that."""
    folder = tmp_path_factory.mktemp("hostile")
    layer = folder / "<i>show" / 'episode_001 "><script>window.hacked=3</script' / "character"
    looks = [make_rgba(1), make_rgba(2)]
    for number in range(24):
        name = HOSTILE[number % len(HOSTILE)]
        path = layer / f"scene0001_t{number}.00s_{number}{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(jitter(looks[number % 2], number)))
    result = clusterkit.cluster_characters(
        folder / "<i>show", folder / "out", model="builtin", progress=False, visualize=False
    )
    found = prepare_report(result.output_dir)
    first, *others = found.characters
    renamed = dataclasses.replace(first, name="</script><img src=x onerror=window.hacked=4>")
    return dataclasses.replace(found, characters=(renamed, *others))


def make_small(tmp_path, count=1, **options):
    folder = tmp_path / "small"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.png").write_bytes(encode_png(make_rgba(number)))
    result = clusterkit.cluster_characters(
        folder, tmp_path / "out", model="builtin", progress=False, **options
    )
    return prepare_report(result.output_dir)


def read_data(page):
    return json.loads(page.select_one("script[data-ck-data]").string)


def test_totals_add_up(page, report_result):
    numbers = [int(item.b.text.replace(",", "")) for item in page.select(".ck-sum li")]
    assert numbers[:-1] == [report_result.counts[status] for status in STATUSES]
    assert sum(numbers[:-1]) == numbers[-1] == len(report_result.frames) == 80
    assert all(numbers), "the fixture has frames of every status"


def test_one_card_a_character(page, report_result):
    cards = page.select(".ck-card")
    sizes = report_result.assignments["character"].value_counts()
    assert [card.h3.get_text() for card in cards] == [f"character_{n:03d}" for n in range(3)]
    for card in cards:
        assert f"{sizes[card.h3.get_text()]} frames" in card.header.get_text()
        assert card.select_one("img.ck-medoid")["alt"].startswith("Medoid of character_")
        titles = [heading.get_text() for heading in card.select("h4")]
        assert titles == ["Exemplars", "Least certain"]
        assert len(card.select(".ck-timeline rect")) > 1
        assert "in 2 of 2 episodes" in card.figcaption.get_text()


def test_everything_left_out_is_shown_by_rule(page, report_result):
    n_noise = report_result.counts["noise"]
    assert n_noise > 1
    section = page.select_one("#left-out")
    words = " ".join(section.get_text(" ").split())
    for expected in (f"Noise · {n_noise} frames", "Rejected · 3 frames", "Too small · 1 frame",
                     "Unreadable · 1 file", "under 64 pixels", "blur score is 100 or less",
                     "5 % of the image"):  # fmt: skip
        assert expected in words
    assert "scene0010_frame000913_t53.00s_character.png : not an image" in words
    galleries = {button["data-ck-gallery"] for button in section.select("[data-ck-gallery]")}
    assert galleries == {"noise", "rejected-size", "rejected-blur", "rejected-content"}


def test_quality_and_curve_say_their_numbers(page, facts):
    captions = [figure.figcaption.get_text() for figure in page.select("#quality figure")]
    assert "1 frame of 79 have fewer than 64" in captions[0]
    assert len(page.select("#quality .ck-cut")) == 3
    rows = page.select("#curve tbody tr")
    assert len(rows) == len(facts.curve)
    current = page.select_one("#curve tr.ck-current")
    assert [cell.get_text() for cell in current.select("th, td")][:3] == [
        "10", "3", f"{facts.counts['noise']}",
    ]  # fmt: skip
    usable = facts.counts["clustered"] + facts.counts["noise"]
    noise = round(100 * facts.counts["noise"] / usable)
    assert f"At 10: 3 characters, {noise} % noise." in page.select_one(".ck-hints").get_text()


def test_the_run_can_be_run_again(page, facts, tmp_path):
    words = page.select_one("#run").get_text(" ")
    for expected in ("min_cluster_size", "letterbox", "measuring", "clustering", "cores", "numpy"):
        assert expected in words
    command, python = [block.get_text() for block in page.select("#run pre")]
    assert command.startswith("clusterkit cluster ")
    assert command.endswith("--model builtin --temporal-weight 0")
    assert python.endswith("    model='builtin',\n    temporal_weight=0,\n)")
    compile(python, "report", "exec")


def test_every_picture_has_an_alternative_text(page):
    pictures = page.select("img")
    assert len(pictures) > 30
    assert all(picture["alt"].strip() for picture in pictures)
    assert all(chart["aria-label"].strip() for chart in page.select("svg"))


def test_nothing_is_loaded_from_anywhere(page):
    for tag in page.find_all(True):
        for name in ("src", "href"):
            value = tag.get(name, "")
            assert value.startswith(("data:", "#")) or not value, f"{tag.name} {name}={value[:60]}"
    style = "".join(sheet.string for sheet in page.select("style"))
    assert "@import" not in style
    assert "url(" not in style
    policy = page.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
    assert "default-src 'none'" in policy


def test_positions_and_tiles_are_those_of_the_frames(page, facts):
    import base64

    data = read_data(page)
    assert data["names"] == list(facts.frames["path"])
    codes = np.frombuffer(base64.b64decode(data["codes"]), "<i4")
    np.testing.assert_array_equal(codes, facts.codes)
    tiles = np.frombuffer(base64.b64decode(data["sheets"]["tiles"]), "<i4")
    known = [thumbnail is not None for thumbnail in facts.album.thumbnails]
    assert sorted(tiles[known]) == list(range(sum(known)))
    assert list(data["projections"]) == ["PCA", "UMAP"]
    for name, projection in facts.projections.items():
        packed = np.frombuffer(base64.b64decode(data["projections"][name]["points"]), "<u2")
        points, placed = packed.reshape(-1, 2), np.isfinite(projection.points).all(axis=1)
        assert (points[~placed] == 65535).all()
        extent = (projection.points[placed].max(0) - projection.points[placed].min(0)).max()
        back = points[placed] / 65534 * extent + projection.points[placed].min(0)
        np.testing.assert_allclose(back, projection.points[placed], atol=extent / 60_000)


def test_tiles_show_the_frames_they_belong_to(facts):
    import cv2

    sheets = facts.album.draw_sheets(list(range(len(facts.frames))))
    images = [cv2.imdecode(np.frombuffer(image, np.uint8), 1) for image in sheets.images]
    for row in (0, 30, 70):
        tile = sheets.tiles[row]
        sheet, place = divmod(int(tile), sheets.columns * sheets.rows)
        top, left = place // sheets.columns * sheets.side, place % sheets.columns * sheets.side
        cut = images[sheet][top : top + sheets.side, left : left + sheets.side]
        still = cv2.imdecode(np.frombuffer(facts.album.draw_still(row, sheets.side), np.uint8), 1)
        assert np.abs(cut.astype(int) - still).mean() < 8


def test_a_small_budget_makes_small_tiles(facts):
    order = list(range(len(facts.frames)))
    large, small = facts.album.draw_sheets(order), facts.album.draw_sheets(order, limit=60_000)
    assert small.side < large.side
    assert sum(map(len, small.images)) < 90_000


def test_names_are_text(hostile, tmp_path):
    page = read_page(build_page(hostile, tmp_path / "report.html"))
    assert not page.select("script[src], img:not([src^='data:']), [onerror], p i")
    own = [s for s in page.select("script") if s.get("type") is None]
    assert len(own) == 1, "a name became a script"
    assert "hacked" not in own[0].string
    data = read_data(page)
    assert any('<img src=x onerror="window.hacked=1">' in name for name in data["names"])
    assert any("</script><script>window.hacked=2</script>" in name for name in data["names"])
    assert any("line\\x0abreak" in name for name in data["names"])
    assert any("caf\\udce9" in name for name in data["names"])
    assert "</script><img src=x onerror=window.hacked=4>" in page.select_one(".ck-card h3").text
    assert "<i>show" in page.select_one(".ck-eyebrow").text


def test_no_frame_passed(tmp_path):
    facts = make_small(tmp_path, 3, min_size=5000)
    page = read_page(build_page(facts, tmp_path / "report.html"))
    assert page.h1.text == "No character in 3 frames"
    assert "lower the rule" in page.select_one("#overview .ck-empty").text
    assert page.select_one("#map .ck-empty")
    assert "Too small · 3 frames" in page.select_one("#left-out").get_text()
    assert "too few frames" in page.select_one("#curve .ck-empty").text


@pytest.mark.parametrize("count", [1, 2, 4])
def test_few_frames(tmp_path, count):
    page = read_page(build_page(make_small(tmp_path, count), tmp_path / "report.html"))
    assert "all frames that passed are noise" in page.select_one("#overview .ck-empty").text
    assert read_data(page)["clusters"] == []


def test_only_unreadable_files(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"nothing")
    result = clusterkit.cluster_characters(
        tmp_path / "in", tmp_path / "out", model="builtin", progress=False
    )
    facts = prepare_report(result.output_dir)
    page = read_page(build_page(facts, tmp_path / "report.html"))
    assert "No frame could be read" in page.select_one("#quality").text
    assert "Unreadable · 1 file" in show_left_out(facts).html


def test_what_is_translucent_lies_over_the_pages_ground():
    colour, ground = np.array([200, 100, 50]), np.array(GROUND)
    half = np.dstack([np.full((90, 90, 3), colour // 2), np.full((90, 90), 128)]).astype(np.uint8)
    tile = _draw_tile(make_thumbnail(half), 60)
    np.testing.assert_allclose(tile[30, 30], colour / 2 + ground / 2, atol=6)


def test_many_characters_show_fewer_pictures_each(facts, monkeypatch):
    monkeypatch.setattr("clusterkit.report.facts.MOST_STILLS", 9)
    fewer = prepare_report(facts.result.output_dir)
    assert [len(c.exemplars) for c in fewer.characters] == [1, 1, 1]


def test_the_command_writes_the_file(report_result, tmp_path, capsys):
    target = tmp_path / "it's a {report}.html"
    assert main(["report", str(report_result.output_dir), "--output", str(target)]) == 0
    assert str(target) in capsys.readouterr().out
    assert "3 characters" in read_page(target).h1.text
    assert [child.name for child in tmp_path.iterdir()] == [target.name], "nothing else is left"
    assert not (report_result.output_dir / ".clusterkit" / "report.ipynb").exists()


def test_a_run_ends_with_its_report_unless_told_otherwise(tmp_path, capsys):
    show, out = write_show(tmp_path / "show"), tmp_path / "out"
    run = ["cluster", str(show), "--output-dir", str(out), "--model", "builtin"]
    assert main([*run, "--no-report"]) == 0
    assert not (out / "report.html").exists()
    assert main(run) == 0
    assert f"Report:   {out / 'report.html'}" in capsys.readouterr().out
    assert "72 frames" in read_page(out / "report.html").h1.text
    assert main([*run, "--min-cluster-size", "60"]) == 0
    assert "No character" in read_page(out / "report.html").h1.text, (
        "the report is of the new result"
    )


def test_no_result_no_report(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert "is no result of clusterkit" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_failing_report_keeps_the_old_one_and_names_the_section(show, tmp_path, capsys):
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", progress=False, visualize=False
    )
    (result.output_dir / "report.html").write_text("the old one")
    # A picture that is none: the map is the section that shows it.
    (result.output_dir / "cluster_visualization.png").write_bytes(b"no picture")
    assert main(["report", str(result.output_dir)]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "under “Map”" in error
    assert (result.output_dir / ".clusterkit" / "report.ipynb").exists()
    assert (result.output_dir / "report.html").read_text() == "the old one"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(report_result, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(clusterkit.OutputError, match="cannot write the report"):
        write_report(report_result.output_dir, tmp_path / "locked" / "report.html")
