"""The command line: it parses and prints; what it does is done elsewhere."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import clusterkit
from clusterkit.decision_commands import add_decision_commands
from clusterkit.errors import ClusterkitError, NotebookError
from clusterkit.evaluate_command import add_evaluate_options, run_evaluate
from clusterkit.setting_options import add_settings

DONE, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

LISTED_CHARACTERS = 20
"""Characters that are listed at the end of a run; the rest are counted."""


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, instead of the whole usage first."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, as one parser."""
    parser = _OneLineParser(
        prog="clusterkit",
        description="From a folder of character cut-outs to one clean folder per character.",
    )
    parser.add_argument(
        "--version", action="version", version=f"clusterkit {clusterkit.__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = _add_command(commands, "demo", run_demo, "the bundled sample, start to finish, offline")
    demo.add_argument("--output-dir", type=Path, default=Path("clusterkit-demo"), metavar="DIR",
                      help="where the result goes (default: %(default)s)")  # fmt: skip
    _add_no_report(demo)

    cluster = _add_command(
        commands, "cluster", run_cluster, "sort a folder of cut-outs by character"
    )
    cluster.add_argument(
        "input_dir", type=Path, help="folder of images, such as episode_*/character/"
    )
    cluster.add_argument("--output-dir", type=Path, required=True, metavar="OUT",
                         help="result folder: new, empty, or an earlier result")  # fmt: skip
    add_settings(cluster)
    _add_no_report(cluster)

    report = _add_command(commands, "report", run_report, "write a result as one HTML file")
    report.add_argument("output_dir", type=Path, metavar="OUT", help="a result folder")
    report.add_argument("--output", type=Path, metavar="FILE",
                        help="the file (default: OUT/report.html)")  # fmt: skip

    lab = _add_command(commands, "lab", run_lab, "open JupyterLab on the notebooks of a result")
    lab.add_argument("output_dir", type=Path, metavar="OUT", help="a result folder")
    lab.add_argument("options", nargs=argparse.REMAINDER, metavar="…",
                     help="handed on to jupyter lab, such as --no-browser")  # fmt: skip

    app = _add_command(commands, "app", run_app, "open the labelling page of a result")
    app.add_argument("output_dir", type=Path, metavar="OUT", help="a result folder")
    app.add_argument("--port", type=int, help="on 127.0.0.1 (default: 8866, or a free one)")
    app.add_argument("--no-browser", dest="open_browser", action="store_false",
                     help="only print the address")  # fmt: skip

    evaluate = _add_command(
        commands, "evaluate", run_evaluate, "hold a result against known labels"
    )
    add_evaluate_options(evaluate)

    _add_export(commands)

    add_decision_commands(lambda *words: _add_command(commands, *words))

    _add_command(commands, "doctor", run_doctor, "what this machine can do")
    return parser


def _add_command(
    commands: argparse._SubParsersAction,
    name: str,
    run: Callable[[argparse.Namespace], None],
    summary: str,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    command.set_defaults(run=run)
    return command


def _add_export(commands: argparse._SubParsersAction) -> None:
    export = _add_command(
        commands, "export", run_export, "write a training set that a LoRA trainer accepts as it is"
    )
    add = export.add_argument
    add("output_dir", type=Path, metavar="OUT", help="a result folder")
    add("dest", type=Path, metavar="DEST", help="the training set: a new or empty folder")
    add("--format", choices=("kohya", "diffusers", "ai-toolkit"), required=True)
    add("--character", dest="characters", action="append", metavar="NAME",
        help="only this one; may be repeated (default: all that have a name)")  # fmt: skip
    add("--per-character", type=int, metavar="N", help="frames of each at most (default: 30)")
    add("--background", metavar="KIND",
        help="transparent, white, grey, random or #rrggbb (default: transparent, which kohya and "
        "ai-toolkit read as a mask; white for diffusers)")  # fmt: skip
    add("--image-type", choices=("png", "webp"), help="default: png")
    add("--max-side", type=int, metavar="PX", help="longest side of an image (default: 1024)")
    add("--margin", type=float, metavar="SHARE", help="room around the character (default: 0.05)")
    add("--upscale", action="store_true", default=None, help="enlarge smaller images to --max-side")
    add("--grow-mask", type=int, metavar="PX", help="let masks reach beyond the outline")
    add("--mask-folder", action="store_true", default=None,
        help="kohya, with an opaque background: masks in a folder, for --masked_loss")  # fmt: skip
    add("--template", metavar="TEXT", help="caption (default: '{trigger}, {view} view')")
    add("--trigger", dest="triggers", action="append", metavar="NAME=WORD", type=_parse_trigger,
        help="the trigger word of a character (default: made from its name)")  # fmt: skip
    add("--repeats", type=int, metavar="N", help="of the character with most images (default: 10)")
    add("--regularisation", type=int, metavar="N",
        help="kohya: images of other figures in a regularisation folder")  # fmt: skip
    add("--class-word", metavar="WORD", help="what those show (default: character)")
    add("--root", metavar="PATH", help="where DEST will be on the machine that trains")
    add("--seed", type=int, metavar="N", help="decides random backgrounds (default: 0)")
    add("--replace", action="store_true", help="replace what an earlier export wrote to DEST")


def _parse_trigger(text: str) -> tuple[str, str]:
    name, equals, word = text.rpartition("=")
    if not (name and equals and word.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=WORD")
    return name, word


def _add_no_report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-report", dest="report", action="store_false", help="write no report.html"
    )


def run_cluster(arguments: argparse.Namespace) -> None:
    """The `cluster` command."""
    options = dict(vars(arguments))
    options.pop("run")
    wants_report = options.pop("report")
    result = clusterkit.cluster_characters(
        options.pop("input_dir"), options.pop("output_dir"), **options
    )
    print_result(result)
    if wants_report:
        write_report(result.output_dir)


def run_demo(arguments: argparse.Namespace) -> None:
    """The `demo` command: the bundled sample with the encoder that needs no download."""
    sample = clusterkit.find_sample()
    result = clusterkit.cluster_characters(sample.frames, arguments.output_dir, model="builtin")
    print_result(result)
    scores = clusterkit.evaluate_labels(result.assignments, clusterkit.read_labels(sample.labels))
    print(f"Labels:   pairwise F {scores.pairwise_f:.3f} against the sample's own")
    if arguments.report:
        write_report(result.output_dir)


def run_report(arguments: argparse.Namespace) -> None:
    """The `report` command."""
    write_report(arguments.output_dir, arguments.output)


def write_report(output_dir: Path, destination: Path | None = None) -> None:
    """Write the report of a result, and say where it is; the result is there whatever happens."""
    path = clusterkit.write_report(output_dir, destination, progress=True)
    print(f"Report:   {path}")


def print_result(result: clusterkit.Result) -> None:
    """What a run found, and where to look."""
    counts = result.counts
    clustering = result.clustering
    rejected = result.verdicts[result.assignments["status"].eq("rejected").to_numpy()]
    by_rule = ", ".join(f"{int(rejected[rule].sum()):,} {word}" for rule, word in
                        (("size", "too small"), ("blur", "blurred"), ("content", "nearly empty"))
                        if rejected[rule].any())  # fmt: skip
    print(f"\n{len(result.frames):,} frames: {counts['clustered']:,} in "
          f"{clustering.n_clusters} characters, {counts['noise']:,} noise, "
          f"{counts['rejected']:,} rejected{f' ({by_rule})' if by_rule else ''}, "
          f"{counts['unreadable']:,} unreadable\n")  # fmt: skip
    sizes = result.assignments["character"].value_counts(sort=True)
    widest = max(map(len, sizes.index[:LISTED_CHARACTERS]), default=0)
    for name, size in sizes.head(LISTED_CHARACTERS).items():
        bar = "█" * max(1, round(30 * size / sizes.iloc[0]))
        print(f"  {name:<{widest}}  {size:>6,}  {bar}")
    if len(sizes) > LISTED_CHARACTERS:
        print(f"  … and {len(sizes) - LISTED_CHARACTERS} more")
    for notice in result.notices:
        print(f"\nNote: {notice}.")
    print(f"\nFolders:  {result.output_dir}")
    picture = result.output_dir / "cluster_visualization.png"
    if picture.exists():
        print(f"Picture:  {picture}")


def run_lab(arguments: argparse.Namespace) -> None:
    """The `lab` command."""
    from clusterkit.lab import open_lab, prepare_notebooks

    for notebook in prepare_notebooks(arguments.output_dir):
        print(f"Notebook: {notebook}")
    status = open_lab(arguments.output_dir, arguments.options)
    if status:
        raise ClusterkitError(f"JupyterLab ended with status {status}")


def run_app(arguments: argparse.Namespace) -> None:
    """The `app` command."""
    from clusterkit.app import Server

    server = Server(
        arguments.output_dir, port=arguments.port, open_browser=arguments.open_browser
    )  # fmt: skip
    print(f"Labelling page: {server.url}\nFor this machine only. Ctrl+C ends it.", flush=True)
    if status := server.wait():
        raise ClusterkitError(f"Voila ended with status {status}")


def run_export(arguments: argparse.Namespace) -> None:
    """The `export` command."""
    options = {name: value for name, value in vars(arguments).items() if value is not None}
    options.pop("run")
    result = clusterkit.load_result(options.pop("output_dir"))
    export = clusterkit.export_dataset(result, options.pop("dest"), **options)
    print()
    for coverage in export.coverages:
        print(f"  {coverage.character}: {coverage.words}")
    print(f"\n{export.preflight.table.to_string(index=False)}")
    for notice in export.notices:
        print(f"\nNote: {notice}.")
    print(f"\nTraining set:  {export.folder}\n{export.use}")


def run_doctor(arguments: argparse.Namespace) -> None:
    """The `doctor` command."""
    from clusterkit.doctor import examine_machine

    del arguments
    for finding in examine_machine():
        print(f"{'ok ' if finding.good else '–  '} {finding.subject:<12} {finding.words}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0 done, 2 bad input or usage; a fault of ours escapes as an exception, which is status 1.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    parsed = build_parser().parse_args(arguments)
    try:
        parsed.run(parsed)
        sys.stdout.flush()
    except NotebookError as error:
        print(f"clusterkit: {error}", file=sys.stderr)
        return FAULT if error.is_fault else BAD_INPUT
    except ClusterkitError as error:
        print(f"clusterkit: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python would complain again while exiting.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print(
            "\nclusterkit: interrupted; the same command continues where it stopped",
            file=sys.stderr,
        )
        return INTERRUPTED
    return DONE
