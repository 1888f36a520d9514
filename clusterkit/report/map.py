"""The map: every frame as a point, with its picture under the pointer; and all galleries' data."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from clusterkit.palette import NOISE_COLOUR, pick_colour
from clusterkit.quality import RULES
from clusterkit.report.facts import NOISE_CODE, Report
from clusterkit.report.markup import (
    Fragment,
    draw_swatch,
    dump_json,
    embed_image,
    list_names,
    pack,
    show_name,
)
from clusterkit.report.review import make_key, pack_digests
from clusterkit.result_files import PICTURE_NAME
from clusterkit.views import VIEWS

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("decided.js", "review.js", "report.js")

FULL_SCALE = 65_534
"""Largest position on an axis; the one above says that a frame has no position."""

NO_POSITION = 65_535

STATIC_WIDTH = 1000


def show_map(report: Report) -> Fragment:
    """The scatter with its switch and legend; its script runs the galleries of the whole page."""
    data = build_data(report)
    order = np.lexsort((report.codes, report.codes < 0))
    sheets = report.album.draw_sheets(order.tolist())
    data["sheets"] = {
        "side": sheets.side,
        "columns": sheets.columns,
        "rows": sheets.rows,
        "count": len(sheets.images),
        "tiles": pack(sheets.tiles),
    }
    # Base64 has no character that could end a script. Each is decoded when it is first seen.
    pictures = "".join(
        f'<script type="text/plain" data-ck-sheet="{number}">{text}</script>'
        for number, image in enumerate(sheets.images)
        for text in [base64.b64encode(image).decode()]
    )
    return Fragment(
        '<section class="ck" id="map"><h2>Map</h2>'
        "<p>Each point is a frame; near points look alike to the model. Point at one to see it, "
        "click it for its gallery. With the keyboard: focus the map, move with the arrow keys, "
        "open with Enter.</p>"
        f"{_draw_frame(report, list(data['projections']))}"
        f'<script type="application/json" data-ck-data>{dump_json(data)}</script>'
        f"{pictures}<script>{read_script()}</script></section>"
    )


def read_script() -> str:
    """The script of the page: parts that each know one thing, in a scope of their own."""
    parts = [(_ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join(["{", *parts, "}"])


def build_data(report: Report) -> dict[str, Any]:
    """Everything that the script needs except pictures: names as text, numbers packed."""
    probability = report.result.assignments["probability"].fillna(0).to_numpy()
    seconds = report.frames["seconds"].astype("float64").to_numpy()
    failed = report.verdicts[list(RULES)].to_numpy() @ (1 << np.arange(len(RULES)))
    return {
        "names": list_names(report.frames["path"]),
        "episodes": list_names(report.episodes),
        "codes": pack(report.codes.astype(np.int32)),
        "episode": pack(report.episode_codes),
        "seconds": pack(np.nan_to_num(seconds, nan=-1).astype(np.float32)),
        "certain": pack((100 * probability).round().astype(np.int32)),
        "failed": pack(failed.astype(np.int32)),
        "view": pack(report.view_codes),
        "views": list(VIEWS),
        "rules": ["too small", "blurred", "nearly empty"],
        "noiseColour": NOISE_COLOUR,
        "clusters": [
            {
                "label": character.label,
                "name": list_names([character.name])[0],
                "colour": pick_colour(character.label),
                "size": len(character.members),
                "said": report.review.names.get(character.label),
                "rows": [character.medoid, *character.exemplars],
            }
            for character in report.characters
        ],
        "projections": {
            name: {
                "points": pack(_quantise(projection.points)),
                "axes": list(projection.axis_labels),
            }
            for name, projection in report.projections.items()
        },
        "review": _build_review(report),
    }


def _build_review(report: Report) -> dict[str, Any]:
    """What decisions on the page are made of; a digest takes 16 bytes a frame, before base64."""
    review = report.review
    latest = review.log.decisions[-1].time.isoformat() if review.log.decisions else None
    digests = pack_digests(review.digests)
    return {
        "key": make_key(report.result.output_dir),
        "digests": pack(digests),
        "length": digests.shape[1],
        "latest": latest,
        "known": [decision.id for decision in review.log.decisions],
        "pairs": [list(pair) for pair in review.pairs],
    }


def _quantise(points: np.ndarray) -> np.ndarray:
    """Positions as 16-bit numbers, one scale for both axes; shape (n, 2), uint16."""
    placed = np.isfinite(points).all(axis=1)
    whole = np.full(points.shape, NO_POSITION, np.uint16)
    if placed.any():
        low = points[placed].min(axis=0)
        extent = max(float((points[placed].max(axis=0) - low).max()), 1e-9)
        whole[placed] = ((points[placed] - low) / extent * FULL_SCALE).round()
    return whole


def _draw_frame(report: Report, projections: list[str]) -> str:
    """Everything around the canvas; without a script the static picture stands in its place."""
    if not report.counts["clustered"] + report.counts["noise"]:
        return '<p class="ck-empty">No frame took part, so there is nothing to map.</p>'
    switch = "".join(
        f'<label><input type="radio" name="ck-projection" value="{name}"'
        f"{' checked' if name == projections[-1] else ''}><span>{name}</span></label>"
        for name in projections
    )
    entries = [
        (str(character.label), character.label, show_name(character.name), len(character.members))
        for character in report.characters
    ]
    n_noise = report.counts["noise"]
    if n_noise:
        entries.append(("noise", NOISE_CODE, "noise", n_noise))
    legend = "".join(
        f'<li><button type="button" class="ck-entry" data-ck-entry="{code}" aria-pressed="false">'
        f"{draw_swatch(label)}<span>{name}</span><small>{size:,}</small></button></li>"
        for code, label, name, size in entries
    )
    return (
        '<div class="ck-map"><div class="ck-tools">'
        f'<fieldset class="ck-switch"><legend>Projection</legend>{switch}</fieldset>'
        '<div class="ck-zoom">'
        '<button type="button" data-ck-zoom="in" aria-label="Zoom in">+</button>'
        '<button type="button" data-ck-zoom="out" aria-label="Zoom out">−</button>'
        '<button type="button" data-ck-zoom="all">Fit</button></div></div>'
        '<div class="ck-stage"><canvas tabindex="0" role="application" '
        'aria-label="Map of all frames. Arrow keys move from frame to frame, Enter opens the '
        f'gallery."></canvas>{_draw_static(report)}'
        '<div class="ck-tip" hidden></div><p class="ck-live" aria-live="polite"></p></div>'
        '<div class="ck-legend"><p><b>Characters</b>'
        '<button type="button" class="ck-button" data-ck-entry="all" hidden>Show all</button></p>'
        f"<ul>{legend}</ul></div></div>"
    )


def _draw_static(report: Report) -> str:
    """The picture in the result folder, for readers without scripts."""
    import io

    from PIL import Image

    path = report.result.output_dir / PICTURE_NAME
    if not path.is_file():
        return ""
    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((STATIC_WIDTH, STATIC_WIDTH))
    stream = io.BytesIO()
    small.save(stream, "WEBP", quality=60, method=3)
    return (
        f'<noscript><img class="ck-static" src="{embed_image(stream.getvalue())}" '
        'alt="Scatter of all frames, coloured by character"></noscript>'
    )
