"""From a folder to characters: clusterkit beside the straightforward recipe, on the same frames.

    python benchmarks/end_to_end.py [--sizes 1000 5000 16929] [--stages]

The recipe is what a tutorial would write: Pillow decodes, open_clip's own transform and float32
model embed, hdbscan.HDBSCAN() clusters. Both use one randomly initialised ViT-B/32 checkpoint
(speed does not depend on the weights) and run in turn, each in a process of its own. Frames are
made from the bundled sample: cropped, shifted in colour and written anew, so that no two are
alike. Prints Markdown: seconds on the clock and, because the machine may be busy with other work,
seconds of processor time, which that work changes little.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

import clusterkit

MODEL = "ViT-B-32"
RECIPE_BATCH = 32
SEED = 0


def make_frames(folder: Path, count: int) -> None:
    """Write `count` distinct frames, made from the sample's passed ones, in 24 episodes."""
    frames = clusterkit.find_frames(clusterkit.find_sample().frames)
    files = frames["file"].tolist()

    def write(number: int) -> None:
        rng = np.random.default_rng((SEED, number))
        with Image.open(files[number % len(files)]) as image:
            rgba = np.asarray(image.convert("RGBA"))
        top, left = rng.integers(0, 1 + np.array(rgba.shape[:2]) // 12)
        rgba = rgba[top:, left:].copy()
        shift = rng.integers(-12, 13, 3)
        rgba[..., :3] = np.clip(rgba[..., :3].astype(int) + shift, 0, 255)
        layer = folder / f"episode_{number % 24 + 1:03d}" / "character"
        layer.mkdir(parents=True, exist_ok=True)
        name = f"scene{number // 500:04d}_frame{number:06d}_t{number / 24:.2f}s_character.png"
        Image.fromarray(rgba).save(layer / name, compress_level=1)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(count)))


def make_checkpoint(folder: Path, path: Path) -> dict[str, float]:
    """A ViT-B/32 with random weights, saved as a user's checkpoint would be.

    In a process of its own as well: a process begins with the peak of the one that started it.
    """
    import open_clip
    import torch

    torch.manual_seed(SEED)
    torch.save(open_clip.create_model(MODEL, load_weights=False).state_dict(), path)
    return {}


def run_ours(folder: Path, checkpoint: Path) -> dict[str, float]:
    """The whole of `clusterkit cluster`, result folder included."""
    with tempfile.TemporaryDirectory() as output:
        start = time.perf_counter()
        clusterkit.cluster_characters(
            folder, Path(output) / "out", model=f"{MODEL}@{checkpoint}", progress=False
        )
        return {"total": time.perf_counter() - start}


def run_recipe(folder: Path, checkpoint: Path) -> dict[str, float]:
    """What one writes in an afternoon; it writes no result folder."""
    start = time.perf_counter()
    import hdbscan
    import open_clip
    import torch

    model, _, transform = open_clip.create_model_and_transforms(MODEL, pretrained=str(checkpoint))
    model.eval()
    paths = sorted(folder.rglob("*.png"))
    vectors = []
    with torch.no_grad():
        for first in range(0, len(paths), RECIPE_BATCH):
            images = [
                transform(Image.open(p).convert("RGB")) for p in paths[first : first + RECIPE_BATCH]
            ]
            features = model.encode_image(torch.stack(images))
            vectors.append(features / features.norm(dim=-1, keepdim=True))
    embeddings = torch.cat(vectors).numpy()
    embedded = time.perf_counter()
    hdbscan.HDBSCAN(min_cluster_size=10, min_samples=5).fit(embeddings)
    done = time.perf_counter()
    return {"total": done - start, "embed": embedded - start, "cluster": done - embedded}


def embed_all(encoder, prepared) -> None:
    """Embed what comes prepared from threads, a batch at a time."""
    while batch := list(itertools.islice(prepared, encoder.batch_size)):
        encoder.encode(np.stack(batch))


def time_stages(folder: Path, checkpoint: Path, most: int = 1200) -> dict[str, float]:
    """Frames a second of each stage alone, in one thread of Python, batches as in a run.

    Where a name says so, a thread a core prepares while the encoder works, as in a run.
    """
    import cv2

    from clusterkit.images import Picture, decode_image, make_thumbnail
    from clusterkit.measurements import compute_digest
    from clusterkit.quality import measure_quality

    cv2.setNumThreads(1)
    files = clusterkit.find_frames(folder)["file"].tolist()[:most]

    def refresh() -> list[Picture]:
        """Pictures as they come from the file: what a stage finds out stays with its own."""
        return [Picture(picture.rgba, picture.has_alpha) for picture in pictures]

    def rate(work) -> tuple[float, list]:
        start = time.perf_counter()
        done = work()
        return len(files) / (time.perf_counter() - start), done

    rates = {}
    rates["read and digest"], data = rate(lambda: [Path(f).read_bytes() for f in files])
    rates["read and digest"], _ = rate(
        lambda: [compute_digest(Path(f).read_bytes()) for f in files]
    )
    rates["decode"], pictures = rate(lambda: [decode_image(d) for d in data])
    rates["quality"], _ = rate(lambda: [measure_quality(p) for p in refresh()])
    rates["thumbnail"], _ = rate(lambda: [make_thumbnail(p.character) for p in refresh()])
    for name in ("builtin", "network", "ViT-B/32"):
        encoder = clusterkit.load_encoder(f"{MODEL}@{checkpoint}" if name == "ViT-B/32" else name)
        first = np.stack([encoder.prepare(pictures[0])] * encoder.batch_size)
        encoder.encode(first)  # what is done once is not timed
        rates[f"{name}: prepare"], prepared = rate(
            lambda e=encoder: [e.prepare(p) for p in refresh()]
        )
        size = encoder.batch_size
        batches = [np.stack(prepared[i : i + size]) for i in range(0, len(prepared), size)]
        rates[f"{name}: embed"], _ = rate(lambda e=encoder, b=batches: [e.encode(x) for x in b])
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            rates[f"{name}: both, on all cores"], _ = rate(
                lambda e=encoder, p=pool: embed_all(e, p.map(e.prepare, refresh()))
            )
    return rates


CONTENDERS = {
    "checkpoint": make_checkpoint,
    "clusterkit": run_ours,
    "recipe": run_recipe,
    "stages": time_stages,
}


def run_apart(contender: str, folder: Path, checkpoint: Path) -> dict[str, float]:
    """Run one contender in a process of its own; adds peak memory in MB and processor seconds."""
    command = [sys.executable, __file__, "--contender", contender, str(folder), str(checkpoint)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run the benchmark, or one contender of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 5000, 16929])
    parser.add_argument(
        "--stages", action="store_true", help="also each stage alone; without sizes, only these"
    )
    parser.add_argument("--contender", nargs=3, metavar=("NAME", "FOLDER", "CHECKPOINT"))
    arguments = parser.parse_args()
    if arguments.contender:
        name, folder, checkpoint = arguments.contender
        figures = CONTENDERS[name](Path(folder), Path(checkpoint))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        figures["peak_mb"] = usage.ru_maxrss / 1024
        figures["processor"] = usage.ru_utime + usage.ru_stime
        print(json.dumps(figures))
        return
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "random.pt"
        run_apart("checkpoint", Path(scratch), checkpoint)
        if arguments.stages:
            folder = Path(scratch) / "stages"
            make_frames(folder, 1200)
            print("| stage | frames/s |\n|---|---:|")
            for name, rate in run_apart("stages", folder, checkpoint).items():
                if name not in ("peak_mb", "processor"):
                    print(f"| {name} | {rate:,.0f} |", flush=True)
            print()
        if arguments.sizes:
            print("| frames | clusterkit | recipe | faster | processor time | less | peak memory |")
            print("|---:|---:|---:|---:|---:|---:|---:|", flush=True)
        for size in arguments.sizes:
            folder = Path(scratch) / f"frames_{size}"
            make_frames(folder, size)
            ours = run_apart("clusterkit", folder, checkpoint)
            theirs = run_apart("recipe", folder, checkpoint)
            faster = theirs["total"] / ours["total"]
            less = theirs["processor"] / ours["processor"]
            print(
                f"| {size:,} | {ours['total']:,.0f} s | {theirs['total']:,.0f} s | {faster:.1f}× "
                f"| {ours['processor']:,.0f} / {theirs['processor']:,.0f} s | {less:.1f}× "
                f"| {ours['peak_mb']:,.0f} / {theirs['peak_mb']:,.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
