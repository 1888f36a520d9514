"""How the network of `--model builtin` came about: drawing, training and judging it.

    python -m training.render      draw identities into shards, in the background
    python -m training.train       train on whatever shards there are, or go on after a kill
    python -m training.export      the weights as the package ships them
    python -m training.views       what tells front, side and back, taught on the network's layers
    python -m training.held_out    families that training never sees, as a labelled folder
    python -m training.judge       runs side by side on labelled folders
    python -m training.sheet       a contact sheet of what is drawn

Run from the project's folder. RESULTS.md says what was measured.
"""

import sys
from pathlib import Path

# The pen of the bundled sample draws here too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data_samples"))
