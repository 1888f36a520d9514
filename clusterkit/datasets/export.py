"""From a result to a training set: choose, render, lay out, check, and put in place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from clusterkit.datasets import ai_toolkit, diffusers, kohya
from clusterkit.datasets.captions import make_slug, write_caption
from clusterkit.datasets.choosing import Choice, choose_frames, choose_regular, pick_characters
from clusterkit.datasets.coverage import is_known, write_coverage
from clusterkit.datasets.delivery import carry_over, check_destination, publish, stage_export
from clusterkit.datasets.items import Item, place_mask
from clusterkit.datasets.manifest import save_manifest
from clusterkit.datasets.options import ExportOptions
from clusterkit.datasets.outcome import Export
from clusterkit.datasets.preflight import check_export
from clusterkit.datasets.rendering import Rendering, render_frame
from clusterkit.datasets.sheet import Group, draw_contact_sheets
from clusterkit.errors import ImageError, InputError, OutputError, SettingsError
from clusterkit.folders.output_folder import resolve_folder
from clusterkit.images import decode_image
from clusterkit.result_files import save_bytes
from clusterkit.results import Result

SHEET, NEXT_SHEET, REPORT = "contact_sheet.png", "contact_sheet-{}.png", "coverage.md"
SHOWN_PROBLEMS = 3
NAME_DIGITS = 8
UNEVEN = 1.5
"""Images of the largest character to those of the smallest, above which it is worth a word."""
_TRAINERS: dict[str, Any] = {"kohya": kohya, "diffusers": diffusers, "ai-toolkit": ai_toolkit}


def export_dataset(
    result: Result,
    dest: str | Path,
    *,
    replace: bool = False,
    progress: bool = True,
    **options: Any,
) -> Export:
    """Write a training set that a LoRA trainer accepts as it is.

    Parameters
    ----------
    result : Result
    dest : path
        A new or empty folder; with `replace`, one that an earlier export wrote. Of that, only the
        files that are still as written are replaced.
    replace : bool
    progress : bool
        Show a bar.
    **options
        Fields of `ExportOptions`: format, characters, per_character, background, template, …

    Returns
    -------
    Export

    Raises
    ------
    SettingsError
        An option makes no sense.
    InputError
        A character is unknown, or a frame is gone or changed since it was measured.
    OutputError
        `dest` cannot be used, or the trainer would not accept what is there: the message names the
        file. Nothing has changed then.
    """
    settings = make_options(**options)
    dest = resolve_folder(dest)
    survey = check_destination(
        dest, result.output_dir.resolve(), result.input_dir.resolve(), replace=replace
    )
    characters, notices = pick_characters(result, settings.characters)
    choices = choose_frames(result, characters, settings, progress=progress)
    notices += _weigh(choices, settings)
    regular = choose_regular(result, characters, settings)
    root = settings.root.rstrip("/") or dest.as_posix()
    with stage_export(dest) as staging:
        entries = _write_images(result, [*choices, *regular], settings, staging, progress)
        use = _write_texts(entries, settings, staging, root)
        coverages = tuple(choice.coverage for choice in choices)
        total = sum(coverage.n_selected for coverage in coverages)
        title = f"{total:,} images of {len(choices):,} characters for {settings.format}"
        groups = [_group(choice, entries, staging) for choice in (*choices, *regular)]
        for number, sheet in enumerate(draw_contact_sheets(groups, title), start=1):
            save_bytes(staging / (SHEET if number == 1 else NEXT_SHEET.format(number)), sheet)
        save_bytes(staging / REPORT, write_coverage(coverages, notices, use).encode())
        save_manifest(staging, {
            "root": root, "use": use, "settings": asdict(settings),
            "images": [entry.describe() for entry in entries],
        })  # fmt: skip
        if survey is not None:
            survey = carry_over(dest, staging)
        preflight = check_export(staging)
        if preflight.problems:
            raise OutputError(_describe_problems(preflight.problems, dest))
        publish(staging, dest, survey)
    return Export(dest, coverages, preflight, tuple(notices), use, dest / SHEET)


def make_options(**options: Any) -> ExportOptions:
    """Settings from keywords; raises SettingsError for a name that does not exist."""
    known = ExportOptions.__dataclass_fields__
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise SettingsError(f"unknown option {unknown[0]!r}; known are {', '.join(known)}")
    if "format" not in options:
        raise SettingsError("format must be given: kohya, diffusers or ai-toolkit")
    if isinstance(options.get("characters"), str):
        options["characters"] = (options["characters"],)
    if "characters" in options:
        options["characters"] = tuple(options["characters"])
    triggers = options.get("triggers")
    if triggers is not None:
        pairs = triggers.items() if isinstance(triggers, dict) else triggers
        options["triggers"] = tuple((str(name), str(word)) for name, word in pairs)
    return ExportOptions(**options)


@dataclass(frozen=True)
class _Entry:
    """One written image and all that the manifest says of it."""

    item: Item
    places: tuple[str, ...]
    rendering: Rendering
    source: str
    digest: str
    view: str | None
    episode: str | None

    def describe(self) -> dict[str, Any]:
        return {
            "places": list(self.places), "source": self.source, "digest": self.digest,
            "character": self.item.character, "trigger": self.item.trigger, "view": self.view,
            "episode": self.episode, "caption": self.item.caption,
            "crop": list(self.rendering.crop), "size": list(self.rendering.size),
            "background": self.rendering.background, "regularisation": self.item.is_regular,
        }  # fmt: skip


def _group(choice: Choice, entries: Sequence[_Entry], folder: Path) -> Group:
    kind = (choice.slug, choice.is_regular)
    own = [entry for entry in entries if (entry.item.slug, entry.item.is_regular) == kind]
    files = tuple(folder / entry.places[0] for entry in own)
    return Group(choice.coverage, files, tuple(entry.view or "" for entry in own))


def _write_images(
    result: Result, choices: Sequence[Choice], options: ExportOptions, staging: Path, progress: bool
) -> list[_Entry]:
    trainer = _TRAINERS[options.format]
    jobs = [(choice, number, row) for choice in choices
            for number, row in enumerate(choice.rows, start=1)]  # fmt: skip
    # Folder names depend on how many images a character has, not on the images.
    stubs = [_make_item(result, choice, number, row, "", ".png", options)
             for choice, number, row in jobs]  # fmt: skip
    planned = trainer.place_items(stubs, options)

    def write(job: int) -> _Entry:
        choice, number, row = jobs[job]
        source, digest = result.frames["path"].iloc[row], result.quality["digest"].iloc[row]
        rendering = _render(Path(result.frames["file"].iloc[row]), digest, options)
        # New pixels get a new name: trainers keep latents by name, and would train on stale ones.
        mark = hashlib.blake2b(rendering.data).hexdigest()[:NAME_DIGITS]
        item = _make_item(result, choice, number, row, mark, rendering.extension, options)
        places = tuple(f"{place.rpartition('/')[0]}/{item.name}" for place in planned[job])
        for place in places:
            _save(staging / place, rendering.data)
        if rendering.mask is not None:
            _save(staging / place_mask(item), rendering.mask)
        kept = dataclass_without_bytes(rendering)
        assignment = result.assignments.iloc[row]
        view, episode = (str(assignment[n]) if is_known(assignment[n]) else None
                         for n in ("view", "episode"))  # fmt: skip
        return _Entry(item, places, kept, source, digest, view, episode)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        written = pool.map(write, range(len(jobs)))
        return list(tqdm(written, "export", len(jobs), disable=not progress, unit="image"))


def dataclass_without_bytes(rendering: Rendering) -> Rendering:
    """The same rendering without its pixels, which are on disk by now."""
    return replace(rendering, data=b"", mask=None)


def _make_item(
    result: Result, choice: Choice, number: int, row: int, mark: str, extension: str,
    options: ExportOptions,
) -> Item:  # fmt: skip
    if choice.is_regular:
        stem = f"{make_slug(options.class_word)}-{number:03d}-{mark}"
        return Item(stem, extension, options.class_word.strip(), choice.character,
                    options.class_word.strip(), choice.slug, True)  # fmt: skip
    assignment = result.assignments.iloc[row]
    values = {name: str(assignment[name]) if is_known(assignment[name]) else None
              for name in ("view", "episode", "scene")}  # fmt: skip
    values |= {"trigger": choice.trigger, "character": choice.character}
    caption = write_caption(options.template, values)
    stem = f"{choice.slug}-{number:03d}-{mark}"
    return Item(stem, extension, caption, choice.character, choice.trigger, choice.slug)


def _render(file: Path, digest: str, options: ExportOptions) -> Rendering:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the frame {file}: {error.strerror}") from None
    try:
        return render_frame(decode_image(data), digest, options)
    except ImageError as error:
        raise InputError(f"cannot read the frame {file}: {error}") from None


def _write_texts(
    entries: Sequence[_Entry], options: ExportOptions, staging: Path, root: str
) -> str:
    items = [entry.item for entry in entries]
    places = [entry.places for entry in entries]
    sizes = [entry.rendering.size for entry in entries]
    trainer = _TRAINERS[options.format]
    texts = trainer.write_texts(items, places, sizes, options, root)
    for place, text in texts.items():
        _save(staging / place, text.encode())
    return str(trainer.describe_use(items, sizes, options, root))


def _weigh(choices: Sequence[Choice], options: ExportOptions) -> list[str]:
    counts = [len(choice.rows) for choice in choices]
    if options.format != "diffusers" or max(counts) <= UNEVEN * min(counts):
        return []
    least, most = min(counts), max(counts)
    words = "the text-to-image scripts know no repeats: a character weighs as much as it has images"
    return [f"{words}, {least} to {most}; --per-character {least} evens that out"]


def _save(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _describe_problems(problems: Sequence[str], dest: Path) -> str:
    shown = "; ".join(problems[:SHOWN_PROBLEMS])
    more = f"; and {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
    return f"the trainer would not accept {dest}: {shown}{more}. Nothing was changed"
