"""Let the trainers' own code read an exported folder, every image of it.

    python benchmarks/trainers.py kohya DEST CHECKOUT
    python benchmarks/trainers.py ai-toolkit DEST CHECKOUT
    python benchmarks/trainers.py diffusers DEST CHECKOUT

DEST is what `clusterkit export` wrote; CHECKOUT is a clone of kohya-ss/sd-scripts,
ostris/ai-toolkit or huggingface/diffusers, and the Python that runs this has what that asks for.
The options are those that the export told to pass. No model is needed: captions, images and masks
are read, nothing is encoded. Prints Markdown, a row a folder.
"""

from __future__ import annotations

import argparse
import importlib.machinery
import json
import os
import shlex
import shutil
import sys
import tempfile
import types
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np


def read_kohya(dest: Path, checkout: Path) -> None:
    """Both ways that sd-scripts' `train_network.py` sets its data up, then every batch."""
    sys.path.insert(0, str(checkout))
    from library import config_util, strategy_base, train_util

    seen: Counter[str] = Counter()

    class Tokenize(strategy_base.TokenizeStrategy):
        """Counts captions instead of cutting them into tokens, which takes a model's vocabulary."""

        def tokenize(self, text: Any) -> list[Any]:
            import torch

            seen.update([text] if isinstance(text, str) else text)
            return [torch.zeros(1, 77, dtype=torch.long)]

    strategy_base.TokenizeStrategy.set_strategy(Tokenize())

    def read(options: list[str]) -> None:
        parser = argparse.ArgumentParser()
        train_util.add_dataset_arguments(parser, True, True, True)
        train_util.add_training_arguments(parser, True)
        train_util.add_masked_loss_arguments(parser)
        config_util.add_config_arguments(parser)
        arguments = parser.parse_args(options)
        train_util.prepare_dataset_args(arguments, True)
        sanitizer = config_util.ConfigSanitizer(True, True, arguments.masked_loss, True)
        if arguments.dataset_config:
            config = config_util.load_user_config(str(arguments.dataset_config))
        else:
            subsets = config_util.generate_dreambooth_subsets_config_by_subdirs(
                arguments.train_data_dir, arguments.reg_data_dir
            )
            config = {"datasets": [{"subsets": subsets}]}
        blueprint = config_util.BlueprintGenerator(sanitizer).generate(config, arguments)
        group, _ = config_util.generate_dataset_group_by_blueprint(blueprint.dataset_group)
        group.set_current_strategies()
        seen.clear()
        masks, sizes = 0, set()
        for index in range(len(group)):
            batch = group[index]
            sizes.add(tuple(batch["images"].shape[2:]))
            masks += sum(float(m.min()) >= 0 and 0.5 < float(m.max()) <= 1
                         for m in find_masks(batch))  # fmt: skip
        report(" ".join(option for option in options if option.startswith("--")),
               f"{sum(len(data.image_data) for data in group.datasets)} images",
               f"{group.num_train_images} with repeats", f"{group.num_reg_images} regularisation",
               f"{len(seen)} captions", f"{sum(not text for text in seen)} empty",
               f"{masks} masks", f"{len(sizes)} buckets")  # fmt: skip

    for options in list_options(dest):
        read(options)


def list_options(dest: Path) -> list[list[str]]:
    """What the export told to pass, a list for each way to train."""
    use = json.loads((dest / "manifest.json").read_text(encoding="utf-8"))["use"]
    return [shlex.split(line) for line in use.splitlines() if line.startswith("  --")]


def find_masks(batch: dict[str, Any]) -> list[Any]:
    """The loss weights of a batch, 0 to 1, as `apply_masked_loss` of sd-scripts takes them."""
    if batch.get("conditioning_images") is not None:
        return [image[0] / 2 + 0.5 for image in batch["conditioning_images"]]
    return list(batch["alpha_masks"]) if batch.get("alpha_masks") is not None else []


def read_ai_toolkit(dest: Path, checkout: Path) -> None:
    """The data loader of a job, on a copy: it writes into the folders that it walks."""
    sys.path.insert(0, str(checkout))
    # Imported at the top of a module, for sound.
    sound = types.ModuleType("torchaudio")
    sound.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules.setdefault("torchaudio", sound)
    import yaml
    from toolkit.data_loader import get_dataloader_from_datasets

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "set"
        shutil.copytree(dest, copy)
        text = (copy / "datasets.yaml").read_text(encoding="utf-8")
        datasets = yaml.safe_load(text.replace(dest.as_posix(), copy.as_posix()))["datasets"]
        for dataset in datasets:
            # Latents take a model; dropped captions would hide what is read.
            options = {"cache_latents_to_disk": False, "num_workers": 0, "caption_dropout_rate": 0}
            loader = get_dataloader_from_datasets([dataset | options], 1, describe_model())
            captions: Counter[str] = Counter()
            masks = images = 0
            for batch in loader:
                images += len(batch.file_items)
                captions.update(item.caption for item in batch.file_items)
                for weights in [] if batch.mask_tensor is None else batch.mask_tensor:
                    masks += 0 <= float(weights.min()) < 0.5 < float(weights.max()) <= 1
            name = Path(dataset["folder_path"]).name
            report("YAML", name, f"{images} images with repeats and resolutions",
                   f"{len(captions)} captions", f"{masks} masks", min(captions))  # fmt: skip


def describe_model() -> Any:
    """What the data loader asks of a model: the numbers of SDXL."""
    config = types.SimpleNamespace(latent_space_version="sdxl", arch="sdxl")
    part = types.SimpleNamespace(config=types.SimpleNamespace())
    return types.SimpleNamespace(
        get_bucket_divisibility=lambda: 64, model_config=config, vae=part, unet=part, is_xl=True,
        latent_space_version="sdxl", text_embedding_space_version="sdxl", te_padding_side="right",
        encode_control_in_text_embeddings=False, use_raw_control_images=False, sample_rate=48000,
    )  # fmt: skip


def read_diffusers(dest: Path, checkout: Path) -> None:
    """`imagefolder` as the text-to-image scripts call it, and DreamBooth's own data set."""
    sys.path[:0] = [str(checkout / "src"), str(checkout / "examples/dreambooth")]
    os.environ["HF_DATASETS_OFFLINE"] = "1"
    import train_dreambooth_lora_sdxl as script
    from accelerate import PartialState
    from datasets import load_dataset

    PartialState()  # its messages ask for one
    with tempfile.TemporaryDirectory() as cache:
        for options in list_options(dest):
            if "--train_data_dir" in options:
                files = {"train": os.path.join(options[1], "**")}
                table = load_dataset("imagefolder", data_files=files, cache_dir=cache)["train"]
                column = options[options.index("--caption_column") + 1]
                shapes = {np.asarray(image.convert("RGB")).shape for image in table["image"]}
                report(options[0], f"{len(table)} images", f"{len(set(table[column]))} captions",
                       f"{sum(not text.strip() for text in table[column])} empty",
                       f"{len(shapes)} sizes")  # fmt: skip
                continue
            needed = ["--pretrained_model_name_or_path", "none", "--cache_dir", cache,
                      "--resolution", "256", "--center_crop"]  # fmt: skip
            script.args = arguments = script.parse_args([*options, *needed])
            found = script.DreamBoothDataset(
                arguments.instance_data_dir, arguments.instance_prompt, None, size=256,
                repeats=arguments.repeats, center_crop=True,
            )  # fmt: skip
            captions = set(found.custom_instance_prompts or [found.instance_prompt])
            report(options[0], Path(options[1]).name, f"{len(found)} images with repeats",
                   f"{len(captions)} captions", min(captions))  # fmt: skip


def report(*words: object) -> None:
    """One line."""
    print("|", " | ".join(map(str, words)), "|", flush=True)


def main() -> None:
    """Read one folder."""
    readers = {"kohya": read_kohya, "ai-toolkit": read_ai_toolkit, "diffusers": read_diffusers}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer", choices=readers)
    parser.add_argument("dest", type=Path)
    parser.add_argument("checkout", type=Path)
    options = parser.parse_args()
    readers[options.trainer](options.dest.resolve(), options.checkout.resolve())


if __name__ == "__main__":
    main()
