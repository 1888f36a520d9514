"""Frozen, validated settings: the one place for defaults and the reasons behind them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from clusterkit.errors import SettingsError

DEFAULT_MODEL = "ViT-B/32"
PREPROCESSES = ("letterbox", "stock")
DEVICES = ("auto", "cuda", "cpu", "mps")
SHARE, EMBED = DUPLICATE_CHOICES = ("share", "embed")
"""Near-duplicates share the vector of the first of them, or each is embedded."""
SelectionMethod = Literal["eom", "leaf"]
SELECTION_METHODS = get_args(SelectionMethod)


def _require(condition: bool, name: str, value: object, rule: str) -> None:
    if not condition:
        raise SettingsError(f"{name} must be {rule}, got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class QualityThresholds:
    """What a frame must reach to be clustered. A frame that fails any rule is rejected."""

    min_size: int = 64
    """Least width and least height in pixels. Below 64 a face is a few pixels wide."""
    min_blur: float = 100.0
    """The blur score (`clusterkit.quality.Quality`) must be above this."""
    min_coverage: float = 0.05
    """The share of the image that the character covers, 0 to 1, must be above this."""

    def __post_init__(self) -> None:
        _require(
            _is_integer(self.min_size) and self.min_size >= 0,
            "min_size",
            self.min_size,
            "a whole number of pixels, 0 or more",
        )
        _require(
            _is_number(self.min_blur) and self.min_blur >= 0,
            "min_blur",
            self.min_blur,
            "a number, 0 or more",
        )
        _require(
            _is_number(self.min_coverage) and 0 <= self.min_coverage <= 1,
            "min_coverage",
            self.min_coverage,
            "a share between 0 and 1 (0.05 is 5 %)",
        )


@dataclass(frozen=True)
class ClusterSettings:
    """How the hierarchy is built (`min_samples`) and cut (all others)."""

    min_cluster_size: int = 10
    """A group of fewer frames is noise: ten is the floor of a useful LoRA training set."""
    min_samples: int = 5
    """Neighbours that make a frame 'core'; higher calls more frames noise."""
    method: SelectionMethod = "eom"
    """'eom' (excess of mass: the most stable clusters) or 'leaf' (the finest ones)."""
    epsilon: float = 0.0
    """Clusters closer than this distance (0 to 2 on unit rows) are not split further."""
    metric_weight: float = 0.25
    """Share of the squared distance that is learnt from the show's densest groups, 0 to 1; 0 takes
    the embeddings as they are. Chosen with the next on nine sets of eight kinds of art."""
    temporal_weight: float = 0.25
    """Share of the squared distance that is learnt from scenes, 0 to 1; 0 ignores the film. Without
    scenes in the names it does nothing. An encoder that was never taught characters gains from
    more, up to 0.75: benchmarks/RESULTS.md."""
    split_fused: bool = True
    """Split a cluster whose parts are no more alike than two characters of the show usually are,
    and one whose parts, looked at by themselves, are as wide as characters."""
    join_fragments: bool = True
    """Join clusters that look alike and share their scenes: views or outfits of one character."""
    join_noise: bool = True
    """Let a noise frame join the cluster that it more probably belongs to than not."""
    tracklets: bool = True
    """Let a noise frame follow sure companions of its scene into their cluster."""
    moments: bool = True
    """Keep frames of one moment that look unlike out of one cluster."""

    def __post_init__(self) -> None:
        _require(
            _is_integer(self.min_cluster_size) and self.min_cluster_size >= 2,
            "min_cluster_size",
            self.min_cluster_size,
            "a whole number, 2 or more",
        )
        _require(
            _is_integer(self.min_samples) and self.min_samples >= 1,
            "min_samples",
            self.min_samples,
            "a whole number, 1 or more",
        )
        _require(
            self.method in SELECTION_METHODS,
            "method",
            self.method,
            " or ".join(map(repr, SELECTION_METHODS)),
        )
        _require(
            _is_number(self.epsilon) and self.epsilon >= 0,
            "epsilon",
            self.epsilon,
            "a distance, 0 or more",
        )
        for name in ("metric_weight", "temporal_weight"):
            share = getattr(self, name)
            _require(_is_number(share) and 0 <= share <= 1, name, share, "a share between 0 and 1")
        for name in ("split_fused", "join_fragments", "join_noise", "tracklets", "moments"):
            value = getattr(self, name)
            _require(isinstance(value, bool), name, value, "True or False")


@dataclass(frozen=True)
class Settings:
    """Everything that decides a result, except the input itself."""

    model: str = DEFAULT_MODEL
    """Encoder: a CLIP name, 'builtin', 'network', 'descriptor', 'ccip', an ONNX or a
    checkpoint file; 'A+B' joins two."""
    preprocess: str = "letterbox"
    """'letterbox' shows the encoder the whole character; 'stock' is the model's own transform."""
    duplicates: str = SHARE
    """'share': frames that differ by compression or a pixel of drift have one vector, which costs a
    fraction of the time; 'embed': each has its own."""
    tell_views: bool = True
    """Tell for each frame of a character whether it shows the front, a side or the back. It costs a
    few milliseconds a frame, once."""
    views: bool = False
    """Give each character's folder a folder for each view that was told."""
    thresholds: QualityThresholds = field(default_factory=QualityThresholds)
    clustering: ClusterSettings = field(default_factory=ClusterSettings)

    def __post_init__(self) -> None:
        _require(
            isinstance(self.model, str) and bool(self.model.strip()),
            "model",
            self.model,
            "the name of a model or a file",
        )
        _require(
            self.preprocess in PREPROCESSES,
            "preprocess",
            self.preprocess,
            " or ".join(map(repr, PREPROCESSES)),
        )
        _require(
            self.duplicates in DUPLICATE_CHOICES,
            "duplicates",
            self.duplicates,
            " or ".join(map(repr, DUPLICATE_CHOICES)),
        )
        for name in ("tell_views", "views"):
            value = getattr(self, name)
            _require(isinstance(value, bool), name, value, "True or False")

    @classmethod
    def from_options(cls, **options: Any) -> Settings:
        """Build settings from one flat set of names, as the command line and Python give them.

        Raises
        ------
        SettingsError
            For a name that does not exist or a value out of range.
        """
        groups = {"thresholds": QualityThresholds, "clustering": ClusterSettings}
        nested = {
            group: kind(**{f.name: options.pop(f.name) for f in fields(kind) if f.name in options})
            for group, kind in groups.items()
        }
        known = [f.name for f in fields(cls) if f.name not in groups]
        unknown = sorted(set(options) - set(known))
        if unknown:
            every = known + [f.name for kind in groups.values() for f in fields(kind)]
            raise SettingsError(f"unknown setting {unknown[0]!r}; known are {', '.join(every)}")
        return cls(**options, **nested)

    def to_options(self) -> dict[str, Any]:
        """The flat form of these settings: what `from_options` takes."""
        flat = asdict(self)
        return {
            **{k: v for k, v in flat.items() if not isinstance(v, dict)},
            **flat["thresholds"],
            **flat["clustering"],
        }
