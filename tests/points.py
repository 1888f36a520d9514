"""What a page makes of the update of a scatter."""

import numpy as np

TYPES = {"x": "f4", "y": "f4", "label": "i4", "probability": "f4", "code": "u1", "kind": "u1"}


def unpack_columns(packed):
    """The columns by name, as update.js takes them out of the one piece they come in."""
    (names,), (piece,) = packed["columns"], packed["bytes"]
    count = len(piece) // sum(np.dtype(TYPES[name]).itemsize for name in names)
    columns, at = {}, 0
    for name in names:
        kind = np.dtype(TYPES[name])
        columns[name] = np.frombuffer(piece.tobytes(), kind, count, at)
        at += count * kind.itemsize
    assert at == len(piece)
    return columns
