import shlex
from pathlib import Path

import pytest

from clusterkit.cli import build_parser
from clusterkit.invocation import write_command, write_python, write_script
from clusterkit.settings import Settings

OTHER_THAN_DEFAULT = {
    "model": "builtin", "preprocess": "stock", "duplicates": "embed", "min_size": 3,
    "min_blur": 2.5, "min_coverage": 0.25, "min_cluster_size": 7, "min_samples": 2,
    "method": "leaf", "epsilon": 0.5, "metric_weight": 0.5, "temporal_weight": 0.0,
    "split_fused": False, "join_fragments": False, "join_noise": False, "tracklets": False,
    "moments": False, "tell_views": False, "views": True,
}  # fmt: skip
PLACES = (Path("a b"), Path("o'ut"))


def test_every_setting_has_another_value_here():
    default = Settings().to_options()
    assert set(OTHER_THAN_DEFAULT) == set(default)
    assert not [name for name, value in OTHER_THAN_DEFAULT.items() if value == default[name]]


@pytest.mark.parametrize("changed", [(), *((name,) for name in OTHER_THAN_DEFAULT),
                                     tuple(OTHER_THAN_DEFAULT)])  # fmt: skip
@pytest.mark.parametrize("copy", [False, True])
def test_what_is_written_down_runs_with_the_same_settings(changed, copy):
    settings = Settings.from_options(**{name: OTHER_THAN_DEFAULT[name] for name in changed})
    words = shlex.split(write_command(*PLACES, settings, copy=copy))
    assert words[0] == "clusterkit"
    arguments = vars(build_parser().parse_args(words[1:]))
    assert {name: arguments[name] for name in OTHER_THAN_DEFAULT} == settings.to_options()
    assert (arguments["input_dir"], arguments["output_dir"]) == PLACES
    assert arguments["copy"] == copy

    called = {}

    class Fake:
        @staticmethod
        def cluster_characters(*places, **options):
            called.update(options, places=tuple(map(Path, places)))

    eval(write_python(*PLACES, settings, copy=copy), {"clusterkit": Fake})
    lines = write_script(*PLACES, settings, copy=copy).removeprefix("import clusterkit")
    once = dict(called)
    exec(lines, {"clusterkit": Fake})
    assert called == once
    assert called.pop("places") == PLACES
    assert called.pop("copy", False) == copy
    assert Settings.from_options(**called) == settings
