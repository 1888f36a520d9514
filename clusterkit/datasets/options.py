"""What an export can be asked for, validated before any file is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterkit.datasets.captions import check_template
from clusterkit.errors import SettingsError

FORMATS = ("kohya", "diffusers", "ai-toolkit")
IMAGE_TYPES = ("png", "webp")
BACKGROUNDS = ("transparent", "white", "grey", "random")

FEWEST_FRAMES = 10
"""Below ten images a LoRA learns the frames, not the character."""
MOST_FRAMES = 50
"""Above fifty, near-copies outweigh what the others show."""

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class ExportOptions:
    """How a training set is made."""

    format: str
    """The trainer: kohya, diffusers or ai-toolkit."""
    characters: tuple[str, ...] = ()
    """Which; empty means all that have a name, or all where nothing is named."""
    per_character: int = 30
    """Frames of each at most; 20 to 30 varied ones are the usual choice."""
    max_side: int = 1024
    """Longest side of an image in pixels: what SDXL and its successors train at."""
    margin: float = 0.05
    """Room around the character, as a share of its longer side, where the frame has it."""
    upscale: bool = False
    """Enlarge smaller images to `max_side`. Enlarged drawings teach a model their blur."""
    background: str = ""
    """transparent, white, grey, random or #rrggbb. Empty: transparent where the trainer reads alpha
    as a mask (kohya, ai-toolkit), white where it does not (diffusers)."""
    image_type: str = "png"
    """png or webp (lossless)."""
    grow_mask: int = 0
    """Pixels by which a mask reaches beyond the character. Trainers apply it at an eighth of the
    size; 8 keeps the outline's own pixels whole there."""
    mask_folder: bool = False
    """kohya: masks as files of their own beside opaque images, for `--masked_loss`. ai-toolkit gets
    them with every opaque background."""
    template: str = "{trigger}, {view} view"
    """The caption; its fields are trigger, character, view, episode and scene."""
    triggers: tuple[tuple[str, str], ...] = ()
    """(character, trigger word) where the word made from the name is not the one wanted."""
    repeats: int = 10
    """Repeats of the character with the most images; the others repeat more, to weigh the same."""
    regularisation: int = 0
    """Images of other figures for kohya's regularisation folder; 0 for none."""
    class_word: str = "character"
    """What the regularisation images are called."""
    root: str = ""
    """Where DEST will be on the machine that trains; empty: where it is written."""
    seed: int = 0
    """Decides the random backgrounds."""

    def __post_init__(self) -> None:
        _require(self.format in FORMATS, "format", self.format, " or ".join(FORMATS))
        _require(self.image_type in IMAGE_TYPES, "image_type", self.image_type,
                 " or ".join(IMAGE_TYPES))  # fmt: skip
        if not self.background:
            chosen = "white" if self.format == "diffusers" else "transparent"
            object.__setattr__(self, "background", chosen)
        object.__setattr__(self, "background", self.background.lower())
        _require(
            self.background in BACKGROUNDS or bool(_COLOUR.fullmatch(self.background)),
            "background", self.background, f"{', '.join(BACKGROUNDS)} or a colour such as #d0e0ff",
        )  # fmt: skip
        for name, least, most in (
            ("per_character", 1, 10_000), ("max_side", 64, 8_192), ("repeats", 1, 1_000),
            ("grow_mask", 0, 512), ("regularisation", 0, 10_000), ("seed", 0, 2**63 - 1),
        ):  # fmt: skip
            value = getattr(self, name)
            good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
            _require(good, name, value, f"a whole number from {least:,} to {most:,}")
        _require(0 <= self.margin <= 1, "margin", self.margin, "a share between 0 and 1")
        _require(bool(self.class_word.strip()), "class_word", self.class_word, "a word")
        if self.regularisation and self.format != "kohya":
            raise SettingsError(f"a regularisation folder is for kohya, not for {self.format}")
        if self.mask_folder:
            self._check_mask_folder()
        check_template(self.template)

    @property
    def masks_apart(self) -> bool:
        """Whether masks are files of their own: only where the images have no alpha."""
        return self.background != "transparent" and (
            self.format == "ai-toolkit" or self.mask_folder
        )

    def _check_mask_folder(self) -> None:
        if self.format == "diffusers":
            raise SettingsError("a mask folder is for kohya and ai-toolkit: diffusers has no masks")
        if self.background == "transparent":
            raise SettingsError(
                "a mask folder is for an opaque background: transparent images carry their mask"
            )
        if self.regularisation:
            raise SettingsError(
                "kohya reads no regularisation images beside a mask folder; leave one of them out"
            )


def _require(condition: bool, name: str, value: object, rule: str) -> None:
    if not condition:
        raise SettingsError(f"{name} must be {rule}, got {value!r}")
