"""The film: which characters are in which scene, in what light, for how many frames."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One scene; characters take turns, each for its number of shots."""

    episode: int
    light: str
    shots: dict[str, int]


SCENES: tuple[Scene, ...] = (
    Scene(1, "day", {"hana_sakurai": 9}),
    Scene(1, "bright", {"ren_kurogane": 6, "hana_sakurai": 5}),
    Scene(1, "indoor", {"aoi_minase": 9}),
    Scene(1, "soft", {"sora_minase": 6, "aoi_minase": 5}),
    Scene(1, "day", {"mochi": 6}),
    Scene(1, "sunset", {"ren_kurogane": 7}),
    Scene(1, "cold", {"dr_haruka_shiomi": 8}),
    Scene(1, "soft", {"unit_tetra": 6, "dr_haruka_shiomi": 4}),
    Scene(1, "bright", {"kaede_tachibana": 8}),
    Scene(1, "day", {"goro_iwata": 6, "kaede_tachibana": 4}),
    Scene(1, "dim", {"inspector_kido": 7}),
    Scene(1, "indoor", {"mei_kobayashi": 7}),
    Scene(2, "haze", {"elise_vermeil": 9}),
    Scene(2, "moon", {"elise_vermeil": 5, "hana_sakurai": 6}),
    Scene(2, "cold", {"yuki_fuyumi": 8}),
    Scene(2, "soft", {"yuki_fuyumi": 5, "nadia_asante": 6}),
    Scene(2, "day", {"nadia_asante": 6}),
    Scene(2, "indoor", {"sora_minase": 6, "mei_kobayashi": 6}),
    Scene(2, "bright", {"kaede_tachibana": 6, "goro_iwata": 5}),
    Scene(2, "indoor", {"inspector_kido": 7, "ren_kurogane": 7}),
    Scene(2, "day", {"mochi": 5, "hana_sakurai": 7}),
    Scene(2, "sunset", {"aoi_minase": 8}),
    Scene(2, "cold", {"unit_tetra": 4, "dr_haruka_shiomi": 6}),
    Scene(3, "day", {"hana_sakurai": 6, "aoi_minase": 7}),
    Scene(3, "bright", {"ren_kurogane": 8, "kaede_tachibana": 7}),
    Scene(3, "sunset", {"elise_vermeil": 9}),
    Scene(3, "night", {"ren_kurogane": 5, "inspector_kido": 5}),
    Scene(3, "soft", {"mei_kobayashi": 6, "mochi": 5}),
    Scene(3, "indoor", {"sora_minase": 7}),
    Scene(3, "moon", {"yuki_fuyumi": 8}),
    Scene(3, "bright", {"goro_iwata": 5, "nadia_asante": 6}),
    Scene(3, "haze", {"elise_vermeil": 4, "yuki_fuyumi": 4}),
    Scene(3, "indoor", {"dr_haruka_shiomi": 5, "unit_tetra": 4}),
)
