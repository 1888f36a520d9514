"""The cast of the sample."""

from __future__ import annotations

from .palette import from_hex as c
from .traits import Build, Character, Extras, Face, Hair, Outfit

FAIR, WARM, TAN, BROWN = c("ffe6d6"), c("fbd9bf"), c("e8b78f"), c("a8714c")

CAST: tuple[Character, ...] = (
    Character(
        "hana_sakurai",
        build=Build(4.8, 0.95, 0.95, 1.0, 0.95),
        face=Face(FAIR, c("e0567c"), eye_width=1.06, eye_height=1.10, lashes=1.15),
        hair=Hair(c("f3a0bb"), bangs="parted", bangs_length=0.04, side_length=1.25,
            back_length=1.0, tails="twin", tail_length=2.7, ribbon=c("d8384c"), ahoge=True, seed=3),
        outfit=Outfit("sailor", "pleated", c("fbf9f5"), c("2c3f78"), c("dd3a4a"), c("2c3f78"),
            c("fbfbfb"), 0.55, c("6b3d2c"), hem=0.24),
    ),
    Character(
        "ren_kurogane",
        face=Face(FAIR, c("c0603a"), eye_height=0.80, eye_tilt=0.12, iris=0.92, lashes=0.75,
            brows=1.6, jaw=-0.25, length=1.06),
        hair=Hair(c("2f3145"), bangs="spiky", bangs_length=0.08, side_length=0.5, back_length=0.82,
            spikes=0.75, volume=0.12, seed=11),
        build=Build(5.3, 1.12, 1.08, 0.95, 1.08),
        outfit=Outfit("gakuran", "trousers", c("33384c"), c("e8c24a"), c("e8c24a"), c("33384c"),
            None, shoes=c("3a2b28")),
    ),
    Character(
        "aoi_minase",
        face=Face(FAIR, c("3a8fd0"), eye_height=0.98, eye_tilt=0.04, lashes=1.0, brows=0.9),
        hair=Hair(c("3d6fb0"), bangs="straight", bangs_length=0.03, side_length=1.30,
            back_length=3.6, spread=0.12, volume=0.08, seed=5),
        build=Build(5.1, 0.98, 0.96, 1.0, 0.95, 0.4),
        outfit=Outfit("blazer", "pleated", c("7a2f3f"), c("e9c766"), c("3b4a86"), c("4a4d63"),
            c("2b2c3a"), 1.22, c("4a2c24"), hem=0.22),
        extras=Extras(glasses=c("b0303c")),
    ),
    Character(
        "sora_minase",
        face=Face(FAIR, c("3a8fd0"), eye_width=1.06, eye_height=1.10, iris=1.08, lashes=0.8,
            fang=True),
        hair=Hair(c("3d6fb0"), bangs="swept", bangs_length=0.03, side_length=0.55,
            back_length=0.86, spikes=0.28, volume=0.12, ahoge=True, side=-1, seed=8),
        build=Build(3.4, 1.0, 1.15, 1.0, 0.88),
        outfit=Outfit("hoodie", "shorts", c("f4c542"), c("e98a2c"), c("fdfdfd"), c("3f5f9e"),
            c("fafafa"), 0.40, c("d84a3a"), number=5),
    ),
    Character(
        "kaede_tachibana",
        face=Face(WARM, c("4d9a55"), eye_height=0.92, eye_tilt=0.08, lashes=0.95, brows=1.25,
            freckles=True),
        hair=Hair(c("d9672e"), bangs="swept", bangs_length=0.02, side_length=0.80,
            back_length=0.80, tails="ponytail", tail_length=1.9, wave=0.12, ribbon=c("f2f2f2"),
            seed=21),
        build=Build(5.0, 1.0, 1.0, 1.0, 1.05, 0.2),
        outfit=Outfit("jersey", "shorts", c("fdfdfd"), c("1f8a70"), c("1f8a70"), c("1f8a70"),
            c("fdfdfd"), 0.62, c("30364a"), short_sleeves=True, number=7),
    ),
    Character(
        "goro_iwata",
        face=Face(TAN, c("6a4a30"), eye_width=0.80, eye_height=0.62, iris=0.85, lashes=0.7,
            brows=2.6, jaw=0.55, stubble=True, length=1.04),
        hair=Hair(c("453026"), bangs="bare", side_length=0.30, back_length=0.62, spikes=0.25,
            volume=0.05, seed=4),
        build=Build(4.7, 1.55, 1.95, 1.45, 1.5),
        outfit=Outfit("jersey", "trousers", c("c93a32"), c("fdfdfd"), c("fdfdfd"), c("3c4254"),
            None, shoes=c("f0f0f0"), short_sleeves=True, number=10),
        extras=Extras(headband=c("f6f6f2")),
    ),
    Character(
        "elise_vermeil",
        face=Face(FAIR, c("4fae8a"), eye_height=0.98, eye_tilt=0.06, lashes=1.15, brows=0.9),
        hair=Hair(c("efd27a"), bangs="parted", bangs_length=0.05, side_length=1.10,
            back_length=1.0, tails="braid", tail_length=2.9, ribbon=c("2f5fb0"), volume=0.10,
            seed=13),
        build=Build(5.4, 1.05, 0.95, 1.0, 1.0, 0.3),
        outfit=Outfit("armour", "greaves", c("d8dde6"), c("2f5fb0"), c("cdd5e2"), c("e2b84c"),
            c("3a3f52"), 1.4, c("8d97a8"), cape=c("a8283a")),
    ),
    Character(
        "mei_kobayashi",
        face=Face(WARM, c("a9743a"), eye_width=1.08, eye_height=1.12, iris=1.06, lashes=1.0),
        hair=Hair(c("6b4230"), bangs="straight", bangs_length=0.02, side_length=0.95,
            back_length=0.95, tails="twin_buns", ribbon=c("f08aa4"), seed=17),
        build=Build(3.2, 0.92, 1.1, 1.05, 0.85),
        outfit=Outfit("dress", "gown", c("e87f96"), c("fffaf2"), c("fdf0d8"), c("e87f96"),
            c("fdfdfd"), 0.42, c("b53a4c"), short_sleeves=True, hem=0.42),
    ),
    Character(
        "dr_haruka_shiomi",
        face=Face(FAIR, c("8a5fc0"), eye_height=0.84, eye_tilt=-0.05, lashes=1.12, brows=0.9,
            mole=True, length=1.05),
        hair=Hair(c("6a4a8c"), bangs="curtain", bangs_length=0.10, side_length=1.5,
            back_length=2.3, wave=0.14, spread=0.22, volume=0.12, seed=29),
        build=Build(5.7, 1.05, 0.98, 1.06, 1.0, 0.7),
        outfit=Outfit("labcoat", "pleated", c("fafbfd"), c("d9dce6"), c("3aa0a0"), c("3b3850"),
            c("4a3a44"), 1.5, c("2c2830"), hem=0.26),
        extras=Extras(glasses=c("2f2a38")),
    ),
    Character(
        "inspector_kido",
        face=Face(WARM, c("5c6a70"), eye_width=0.86, eye_height=0.66, eye_tilt=0.04, iris=0.88,
            lashes=0.75, brows=2.0, jaw=0.15, moustache=True, length=1.12),
        hair=Hair(c("8d9098"), bangs="bare", side_length=0.40, back_length=0.66, volume=0.06,
            seed=31),
        build=Build(6.0, 1.32, 1.35, 1.1, 1.15),
        outfit=Outfit("coat", "trousers", c("b08a5c"), c("6a4a2e"), c("7c2f38"), c("4b4a52"), None,
            shoes=c("3a2a24")),
        extras=Extras(beret=c("5a4a3c")),
    ),
    Character(
        "yuki_fuyumi",
        face=Face(FAIR, c("7fb6d8"), eye_height=1.0, eye_tilt=-0.10, lashes=1.1, brows=0.8),
        hair=Hair(c("dfe4ee"), tips=c("a9bfe0"), bangs="swept", bangs_length=0.06,
            side_length=1.15, back_length=1.30, volume=0.13, seed=37),
        build=Build(4.8, 0.95, 0.98, 1.0, 0.95),
        outfit=Outfit("coat", "pleated", c("5e7fb8"), c("f0e4c8"), c("c9d6ee"), c("e4e8f2"),
            c("4b5470"), 1.3, c("5a4038"), hem=0.34, scarf=c("d9485a")),
        extras=Extras(headphones=c("f2f2f6")),
    ),
    Character(
        "nadia_asante",
        face=Face(BROWN, c("e0a03a"), eye_height=0.98, eye_tilt=0.05, lashes=1.1, brows=1.2),
        hair=Hair(c("4a3034"), bangs="curtain", bangs_length=0.02, side_length=0.95,
            back_length=1.0, wave=0.22, spread=0.26, volume=0.28, spikes=0.25, seed=41),
        build=Build(5.1, 1.02, 0.98, 1.05, 1.02, 0.3),
        outfit=Outfit("hoodie", "trousers", c("5fc0b0"), c("37485e"), c("fff1b8"), c("37485e"),
            None, shoes=c("f4f4f4"), number=5),
        extras=Extras(flower=c("f6a04a")),
    ),
    Character(
        "mochi",
        kind="cat",
        face=Face(c("f0b06a"), c("3f9a7a"), eye_width=1.12, eye_height=1.05, iris=1.12, lashes=0.7),
        hair=Hair(c("fff4e2")),
        outfit=Outfit(accent=c("d8404c")),
    ),
    Character(
        "unit_tetra",
        kind="robot",
        face=Face(c("e6edf2"), c("58e0f0")),
        outfit=Outfit(trim=c("3f8fd2"), accent=c("f08a3c")),
    ),
)  # fmt: skip


def find_character(name: str) -> Character:
    """Find the member of the cast with a name."""
    return next(character for character in CAST if character.name == name)
