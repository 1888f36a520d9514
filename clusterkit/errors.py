"""The errors a user can cause, each with a message that says what was wrong and what to do.

Every one derives from `ClusterkitError`: the command line prints its one line and exits with
status 2. Anything else that escapes is a fault of ours and shows its traceback.
"""

from __future__ import annotations


class ClusterkitError(Exception):
    """Base of all errors that a person can mend; the message is one clear line."""


class InputError(ClusterkitError):
    """The input folder or a file that was asked for cannot be used as it is."""


class SettingsError(ClusterkitError):
    """A setting has a value that makes no sense; nothing was read or written."""


class EncoderError(ClusterkitError):
    """An encoder is unknown, or its weights, runtime or device cannot be had."""


class MissingExtraError(EncoderError):
    """An optional dependency is not installed; the message prints the line that installs it."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional package; install it with: "
            f"pip install 'clusterkit[{extra}]'"
        )


class OutputError(ClusterkitError):
    """The result folder cannot be written, or holds what clusterkit did not make."""


class NotebookError(ClusterkitError):
    """A notebook stopped; the message names the cell and says where the executed part is.

    Attributes
    ----------
    is_fault : bool
        Whether the cause is a fault of ours, rather than bad input or a setting.
    """

    def __init__(self, message: str, *, is_fault: bool = True) -> None:
        super().__init__(message)
        self.is_fault = is_fault


class ImageError(ClusterkitError):
    """One image cannot be decoded. It is recorded for that frame; the run goes on."""
