"""clusterkit: from a folder of character cut-outs to one clean folder per character.

The whole job is `cluster_characters`. Its stages can be used one by one, in this order, each a
function from values to values:

    find_frames → measure → judge_quality → build_hierarchy → cut_hierarchy → write_result

The public names stand in `__init__.pyi`, grouped; each is loaded when it is first used, so that
importing the package costs nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
