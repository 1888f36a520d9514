"""What is drawn: the same from one seed, siblings as they say, views of one identity alike."""

from dataclasses import fields, is_dataclass, replace

import cv2
import numpy as np
import pytest
from pen.camera import unmultiply

import clusterkit
from clusterkit.encoders import load_encoder
from clusterkit.images import Picture
from training.augment import cut_out
from training.drawing.anime import ANIME_DIFFERENCES, make_anime_sibling, sample_anime
from training.drawing.beasts import Beast
from training.drawing.figures import (
    FIGURE_DIFFERENCES,
    Figure,
    draw_figure,
    make_figure_sibling,
    sample_figure,
)
from training.drawing.finish import Style
from training.drawing.people import Body
from training.drawing.views import name_view
from training.families import DRAWERS, FIRST_HELD_OUT, draw_family
from training.held_out import draw_cut_outs, draw_held_out
from training.render import N_DRAWINGS, write_shard
from training.shards import Library

HAIR = {"hair", "streak", "bangs", "bangs_length", "bangs_count", "back", "back_length", "tails",
        "tail_length", "tail_width"}  # fmt: skip


def find_changes(one, other, name=""):
    """Names of the leaves in which two identities differ, each with the first one's value."""
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            path = f"{name}.{field.name}" if name else field.name
            yield from find_changes(getattr(one, field.name), getattr(other, field.name), path)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for index, (ours, theirs) in enumerate(zip(one, other, strict=True)):
            yield from find_changes(ours, theirs, f"{name}[{index}]")
    elif not np.array_equal(np.asarray(one, object), np.asarray(other, object)):
        yield name, one


def sample_person(seed):
    for attempt in range(20):
        figure = sample_figure(np.random.default_rng([seed, attempt]), Style())
        if isinstance(figure.body, Body):
            return figure
    raise AssertionError("no person among 20 figures")


@pytest.mark.parametrize("drawer", DRAWERS)
def test_a_family_is_a_function_of_its_seed(drawer):
    images, views = draw_family(drawer, 5, 1)
    again, _ = draw_family(drawer, 5, 1)
    other, _ = draw_family(drawer, 6, 1)
    np.testing.assert_array_equal(images, again)
    assert not np.array_equal(images[0], other[0])
    assert images.shape[1:] == (1, 112, 112, 4)
    assert views.shape == images.shape[:2]
    assert set(views.flat) <= {"front", "side", "back"}


@pytest.mark.parametrize("differs_in", FIGURE_DIFFERENCES)
def test_figures_that_are_siblings_differ_only_in_what_they_say(differs_in):
    changed = set()
    for seed in range(6):
        figure = sample_person(seed)
        sibling = make_figure_sibling(figure, np.random.default_rng(seed), differs_in)
        changes = dict(find_changes(figure, sibling))
        assert not [name for name in changes if name.startswith("show")], "of another show"
        for name, value in changes.items():
            part, _, place = name.partition(".")
            trait = place.split("[")[0]
            if differs_in == "hair":
                assert (part, trait in HAIR) == ("head", True)
            elif differs_in == "face":
                assert (part, trait in HAIR) == ("head", False)
            elif differs_in == "outfit":
                assert part.startswith("wardrobe")
            elif differs_in == "head":
                assert part == "head"
                assert trait != "skin"
            elif differs_in == "colours":
                assert isinstance(value, np.ndarray)
            elif differs_in == "shapes" and place == trait:  # a mark's own colour is its shape
                theirs = sibling
                for step in name.replace("[", ".").replace("]", "").split("."):
                    theirs = theirs[int(step)] if step.isdigit() else getattr(theirs, step)
                assert not (isinstance(value, np.ndarray) and isinstance(theirs, np.ndarray))
        changed |= set(changes)
    assert changed


@pytest.mark.parametrize(
    ("differs_in", "may"),
    [("hair", {"hair"}), ("face", {"face", "hair", "extras"}), ("outfit", {"outfit", "build"}),
     ("head", {"face", "hair", "extras"})],
)  # fmt: skip
def test_siblings_of_the_pen_differ_only_in_what_they_say(differs_in, may):
    assert differs_in in ANIME_DIFFERENCES
    changed = set()
    for seed in range(8):
        identity = sample_anime(np.random.default_rng(seed), Style())
        if identity.character.kind != "human":
            continue
        sibling = make_anime_sibling(identity, np.random.default_rng(seed), differs_in)
        changes = dict(find_changes(identity.character, sibling.character))
        assert {name.split(".")[0] for name in changes} <= may
        if differs_in == "face":
            assert not {"face.skin", "hair.colour"} & set(changes)
        changed |= set(changes)
    assert changed


def test_views_of_an_identity_are_more_alike_than_those_of_others():
    descriptor = load_encoder("descriptor")
    figures = [sample_person(seed) for seed in range(5)]
    rng = np.random.default_rng(0)
    drawings = [draw_figure(figure, rng) for figure in figures for _ in range(6)]
    assert {drawing.view for drawing in drawings} == {"front", "side", "back"}
    pictures = [Picture(unmultiply(drawing.image), True) for drawing in drawings]
    rows = descriptor.encode(np.stack([descriptor.prepare(picture) for picture in pictures]))
    who = np.repeat(np.arange(5), 6)
    same, likeness = who[:, None] == who[None], rows @ rows.T
    np.fill_diagonal(likeness, np.nan)
    assert np.nanmean(likeness[same]) > np.nanmean(likeness[~same]) + 0.1


def test_an_outfit_that_is_not_the_first_is_worn_too():
    figure = next(f for f in map(sample_person, range(40)) if len(f.wardrobe) > 1)
    only_first = Figure(figure.show, figure.head, figure.body, figure.wardrobe[:1])
    drawn = [
        not np.array_equal(draw_figure(figure, np.random.default_rng(seed)).image,
                           draw_figure(only_first, np.random.default_rng(seed)).image)
        for seed in range(12)
    ]  # fmt: skip
    assert 0 < sum(drawn) < 12


@pytest.mark.parametrize(
    ("yaw", "view"), [(0, "front"), (-40, "front"), (90, "side"), (-70, "side"), (180, "back"),
                      (215, "back")],
)  # fmt: skip
def test_a_turn_has_a_name(yaw, view):
    assert name_view(yaw) == view


def test_a_cut_out_is_premultiplied_and_a_function_of_its_seed():
    images, _ = draw_family("figures", 7, 4)
    for seed, drawing in enumerate(images.reshape(-1, 112, 112, 4)):
        cut = cut_out(drawing, 96, np.random.default_rng(seed), images[0, 0])
        assert cut.shape == (96, 96, 4)
        assert (cut[..., :3] <= cut[..., 3:]).all()
        again = cut_out(drawing, 96, np.random.default_rng(seed), images[0, 0])
        np.testing.assert_array_equal(cut, again)


def test_families_held_out_are_never_trained_on(tmp_path):
    write_shard(tmp_path, "figures", FIRST_HELD_OUT, n_families=1)
    library = Library(tmp_path, {"figures": 1.0})
    assert library.refresh() == 0
    write_shard(tmp_path, "figures", FIRST_HELD_OUT - 1, n_families=1)
    assert library.refresh() > 0


def test_what_no_frame_can_tell_is_not_asked():
    rng, cuts = np.random.default_rng(0), np.random.default_rng(1)
    figure = next(
        f for f in map(sample_person, range(40)) if f.head.face == "anime" and f.head.hat == "none"
    )
    eyes = replace(figure, head=replace(figure.head, eyes=255 - figure.head.eyes))
    shirts = replace(figure, wardrobe=tuple(
        replace(clothes, top=255 - clothes.top) for clothes in figure.wardrobe
    ))  # fmt: skip

    def draw(other):
        drawn = (draw_cut_outs(DRAWERS["figures"], figure, [other], rng, cuts) for _ in range(8))
        return [(view, decidable) for eight in drawn for _, view, decidable in eight]

    seen = draw(eyes)
    assert {view for view, decidable in seen if decidable} >= {"front"}
    assert not any(decidable for view, decidable in seen if view == "back")
    assert np.mean([decidable for _, decidable in seen]) < 0.5
    seen = draw(shirts)
    assert {view for view, decidable in seen if decidable} == {"front", "side", "back"}
    assert np.mean([decidable for _, decidable in seen]) > 0.5


def test_beasts_from_behind_are_of_one_piece():
    """The neck joins what was a head that hung in the air."""
    rng, whole = np.random.default_rng(3), 0
    for seed in range(400):
        beast = sample_figure(np.random.default_rng(seed), Style())
        if not isinstance(beast.body, Beast) or beast.body.wings is not None:
            continue
        drawing = draw_figure(beast, rng)
        if drawing is not None and drawing.view == "back":
            alpha = (drawing.image[..., 3] > 40).astype(np.uint8)
            _, _, stats, _ = cv2.connectedComponentsWithStats(alpha)
            assert stats[1:, cv2.CC_STAT_AREA].max() > 0.97 * alpha.sum()
            whole += 1
    assert whole > 2


def test_only_families_held_out_judge(tmp_path):
    n_files = draw_held_out(tmp_path, "figures", 2)
    labels = clusterkit.read_labels(tmp_path / "labels.csv")
    frames = clusterkit.find_frames(tmp_path)
    assert set(frames["path"]) == set(labels["path"])
    assert len(frames) == n_files
    seeds = labels["identity"].str.split("-").str[1].astype(int)
    assert (seeds >= FIRST_HELD_OUT).all()
    assert set(labels["view"]) <= {"front", "side", "back"}
    decidable = clusterkit.read_labels(tmp_path / "decidable.csv")
    assert set(decidable["path"]) <= set(labels["path"])
    alone = labels.groupby(labels["path"].str.split("/").str[0])["identity"].nunique() == 1
    for family in alone.index[alone]:
        assert labels["path"].str.startswith(family).sum() == N_DRAWINGS
        assert decidable["path"].str.startswith(family).sum() == N_DRAWINGS
