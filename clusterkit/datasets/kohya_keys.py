"""Which keys sd-scripts takes in a dataset TOML, where, and of what type.

From the schemas of `ConfigSanitizer` in its `library/config_util.py`: a key that is not known at
its place, or a value of another type, stops the run.
"""

from __future__ import annotations

from typing import Any

_NUMBER = (int, float)
# Keys of a subset that may also stand in its data set or under [general].
_SUBSET = {
    "caption_dropout_every_n_epochs": int, "caption_dropout_rate": _NUMBER,
    "caption_extension": str, "caption_prefix": str, "caption_separator": str,
    "caption_suffix": str, "caption_tag_dropout_rate": _NUMBER, "cache_info": bool,
    "color_aug": bool, "custom_attributes": dict, "enable_wildcard": bool,
    "face_crop_aug_range": list, "flip_aug": bool, "keep_tokens": int,
    "keep_tokens_separator": str, "num_repeats": int, "random_crop": bool,
    "resize_interpolation": str, "secondary_separator": str, "shuffle_caption": bool,
    "token_warmup_min": int, "token_warmup_step": _NUMBER,
}  # fmt: skip
_DATASET = {
    "batch_size": int, "bucket_no_upscale": bool, "bucket_reso_steps": int, "enable_bucket": bool,
    "max_bucket_reso": int, "min_bucket_reso": int, "network_multiplier": float,
    "resize_interpolation": str, "resolution": (int, list), "validation_seed": int,
    "validation_split": float,
}  # fmt: skip
# Keys of a subset alone, without and with a folder of masks (which is a ControlNet data set there).
_PLAIN, _MASKED = {"image_dir": str, "is_reg": bool, "alpha_mask": bool}, \
    {"image_dir": str, "conditioning_data_dir": str}  # fmt: skip
_CLASS = {"class_tokens": str}

MASK_FOLDER = "conditioning_data_dir"


def check_config(config: dict[str, Any]) -> list[str]:
    """Hold a dataset TOML against the schema; each problem is one line.

    A data set whose subsets all have a folder of masks is read with `--masked_loss`.
    """
    problems = [f"unknown table [{key}]" for key in config if key not in ("general", "datasets")]
    problems += _check_keys(
        config.get("general", {}), {**_SUBSET, **_DATASET, **_CLASS}, "[general]"
    )
    if not config.get("datasets"):
        return [*problems, "it has no [[datasets]]"]
    for dataset in config["datasets"]:
        subsets = dataset.get("subsets", [])
        if not subsets:
            problems.append("a data set without [[datasets.subsets]]")
        masked = [MASK_FOLDER in subset for subset in subsets]
        if any(masked) and not all(masked):
            problems.append(f"{MASK_FOLDER} stands in some subsets of a data set, not in all")
            continue
        shared = {**_SUBSET, **({} if any(masked) else _CLASS)}
        own = {key: value for key, value in dataset.items() if key != "subsets"}
        problems += _check_keys(own, {**shared, **_DATASET}, "[[datasets]]")
        known = {**shared, **(_MASKED if any(masked) else _PLAIN)}
        for subset in subsets:
            problems += _check_keys(subset, known, "[[datasets.subsets]]")
            if "image_dir" not in subset:
                problems.append("a subset without image_dir")
    return problems


def _check_keys(table: dict[str, Any], known: dict[str, Any], where: str) -> list[str]:
    problems = []
    for key, value in table.items():
        if key not in known:
            problems.append(f"{where} has the key {key}, which the trainer refuses")
        elif not isinstance(value, known[key]) or (
            isinstance(value, bool) and known[key] is not bool
        ):
            problems.append(f"{where} {key} has the wrong type")
    return problems
