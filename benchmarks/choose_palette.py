"""Choose the sixty colours of clusters, and print how far apart they are for every kind of eye.

    python benchmarks/choose_palette.py

Farthest first: each colour is the one that differs most from all before it, by the least of the
distances in CIELAB that a normal eye, a deuteranope and a protanope see; what a normal eye sees
counts five eighths, so that it keeps the most of its hues. Dichromatic sight is simulated by the
matrices of Machado, Oliveira and Fernandes (A physiologically-based model for simulation of color
vision deficiency, 2009), severity 1.0, on linear sRGB.
"""

from __future__ import annotations

import numpy as np

FIRST = "#2071ff"
COUNT = 60
LIGHTNESS = (32, 80)
"""Of CIELAB: darker ones vanish on a dark page, lighter ones on a white one."""

LEAST_CHROMA = 32
"""Greys are noise."""

STEPS = 33
"""Candidates a channel."""

NORMAL_SHARE = 5 / 8

EYES = {
    "normal": np.eye(3),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
}  # fmt: skip

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_WHITE = np.array([0.95047, 1, 1.08883])


def see(rgb: np.ndarray, eye: str) -> np.ndarray:
    """CIELAB of sRGB colours in 0 to 1 as an eye sees them; shape (n, 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ EYES[eye].T, 0, 1) @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def read_colours(colours: list[str] | tuple[str, ...]) -> np.ndarray:
    """#rrggbb as sRGB in 0 to 1; shape (n, 3)."""
    return np.array(
        [[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours]
    )


def measure_least(colours: list[str] | tuple[str, ...]) -> dict[str, float]:
    """The least distance between two of the colours, by eye."""
    rgb = read_colours(colours)
    least = {}
    for eye in EYES:
        lab = see(rgb, eye)
        distances = np.linalg.norm(lab[:, None] - lab[None, :], axis=2)
        least[eye] = float(distances[np.triu_indices(len(lab), 1)].min())
    return least


def choose_colours() -> list[str]:
    """Choose all, the most distinct first."""
    axis = np.linspace(0, 1, STEPS)
    rgb = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    rgb = np.round(rgb * 255) / 255
    lab = see(rgb, "normal")
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    usable = (lab[:, 0] >= LIGHTNESS[0]) & (lab[:, 0] <= LIGHTNESS[1]) & (chroma >= LEAST_CHROMA)
    rgb = np.concatenate([read_colours([FIRST]), rgb[usable]])
    seen = {eye: see(rgb, eye) for eye in EYES}
    nearest, chosen = np.full(len(rgb), np.inf), [0]
    while len(chosen) < COUNT:
        for eye, places in seen.items():
            share = NORMAL_SHARE if eye == "normal" else 1.0
            distance = share * np.linalg.norm(places - places[chosen[-1]], axis=1)
            nearest = np.minimum(nearest, distance)
        chosen.append(int(nearest.argmax()))
    return ["#" + "".join(f"{round(255 * value):02x}" for value in rgb[at]) for at in chosen]


def main() -> None:
    """Print the colours, and what each eye makes of the first of them."""
    colours = choose_colours()
    for start in range(0, COUNT, 8):
        print(" ".join(f'"{colour}",' for colour in colours[start : start + 8]))
    print(f"\n| colours | {' | '.join(EYES)} |\n|---:|{'---:|' * len(EYES)}")
    for count in (8, 14, 20, 40, COUNT):
        least = measure_least(colours[:count])
        print(f"| {count} | {' | '.join(f'{value:.1f}' for value in least.values())} |")


if __name__ == "__main__":
    main()
