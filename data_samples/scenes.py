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
    Scene(1, "day", {"hana_sakurai": 14}),
    Scene(1, "bright", {"ren_kurogane": 10, "hana_sakurai": 8}),
    Scene(1, "indoor", {"aoi_minase": 14}),
    Scene(1, "soft", {"sora_minase": 10, "aoi_minase": 8}),
    Scene(1, "day", {"mochi": 10}),
    Scene(1, "sunset", {"ren_kurogane": 11}),
    Scene(1, "cold", {"dr_haruka_shiomi": 13}),
    Scene(1, "soft", {"unit_tetra": 10, "dr_haruka_shiomi": 6}),
    Scene(1, "bright", {"kaede_tachibana": 13}),
    Scene(1, "day", {"goro_iwata": 10, "kaede_tachibana": 6}),
    Scene(1, "dim", {"inspector_kido": 11}),
    Scene(1, "indoor", {"mei_kobayashi": 11}),
    Scene(2, "haze", {"elise_vermeil": 14}),
    Scene(2, "moon", {"elise_vermeil": 8, "hana_sakurai": 10}),
    Scene(2, "cold", {"yuki_fuyumi": 13}),
    Scene(2, "soft", {"yuki_fuyumi": 8, "nadia_asante": 10}),
    Scene(2, "day", {"nadia_asante": 10}),
    Scene(2, "indoor", {"sora_minase": 10, "mei_kobayashi": 10}),
    Scene(2, "bright", {"kaede_tachibana": 10, "goro_iwata": 8}),
    Scene(2, "indoor", {"inspector_kido": 11, "ren_kurogane": 11}),
    Scene(2, "day", {"mochi": 8, "hana_sakurai": 11}),
    Scene(2, "sunset", {"aoi_minase": 13}),
    Scene(2, "cold", {"unit_tetra": 11, "goro_iwata": 5}),
    Scene(3, "day", {"hana_sakurai": 10, "aoi_minase": 11}),
    Scene(3, "bright", {"ren_kurogane": 13, "kaede_tachibana": 11}),
    Scene(3, "sunset", {"elise_vermeil": 14}),
    Scene(3, "night", {"ren_kurogane": 8, "inspector_kido": 8}),
    Scene(3, "soft", {"mei_kobayashi": 10, "mochi": 8}),
    Scene(3, "indoor", {"sora_minase": 11}),
    Scene(3, "moon", {"yuki_fuyumi": 13}),
    Scene(3, "bright", {"goro_iwata": 8, "nadia_asante": 10}),
    Scene(3, "haze", {"elise_vermeil": 6, "yuki_fuyumi": 6}),
    Scene(3, "indoor", {"dr_haruka_shiomi": 14, "unit_tetra": 9}),
)
