"""Files on the Hugging Face hub: from the local cache if they are there, else downloaded.

Where there is no network this fails within seconds and in one line. The hub's own client asks again
for half a minute a file and names hosts in what it prints.
"""

from __future__ import annotations

from pathlib import Path

from clusterkit.errors import EncoderError

PROBE_SECONDS = 5.0
"""How long we wait for the hub's first answer; once it has answered, its client takes over."""


def find_hub_file(repository: str, *filenames: str, wanted_for: str) -> Path:
    """Find one file of a repository, the first of `filenames` that it holds.

    Parameters
    ----------
    repository : str
        "owner/name".
    *filenames : str
        In the order of preference.
    wanted_for : str
        What the user asked for, for the message.

    Raises
    ------
    EncoderError
        There is no such repository or file, or the hub cannot be reached.
    """
    try:
        import huggingface_hub as hub
        from huggingface_hub.errors import (
            EntryNotFoundError,
            HFValidationError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
        )
    except ImportError:
        raise EncoderError("downloading weights needs: pip install huggingface_hub") from None
    try:
        for filename in filenames:
            cached = hub.try_to_load_from_cache(repository, filename)
            if isinstance(cached, str):
                return Path(cached)
        for filename in filenames:
            try:
                # One question without retries, before the client's own patient ones.
                url = hub.hf_hub_url(repository, filename)
                hub.get_hf_file_metadata(url, timeout=PROBE_SECONDS)
            except LocalEntryNotFoundError:  # an EntryNotFoundError by birth, yet it means offline
                raise
            except EntryNotFoundError:
                continue
            return Path(hub.hf_hub_download(repository, filename))
    except (RepositoryNotFoundError, HFValidationError):
        raise EncoderError(
            f"{wanted_for}: the hub has no repository {repository!r} that is open to you"
        ) from None
    except Exception:  # noqa: BLE001 - the many faces of a missing network: httpx, OSError, the hub's own
        raise _make_unreachable_error(wanted_for) from None
    raise EncoderError(f"{wanted_for}: {repository!r} holds none of {', '.join(filenames)}")


def _make_unreachable_error(wanted_for: str) -> EncoderError:
    return EncoderError(
        f"the weights of {wanted_for} are not on this machine and cannot be downloaded. Go online "
        "once and they are kept; or use --model builtin, which needs none; or give --model a "
        "checkpoint file"
    )
