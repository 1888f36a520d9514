"""From which side a character is seen: front, side or back.

    picture ──► meter (what network and geometry say of one frame; measured with all else)
    words of the encoder, if it reads ──► evidence of each frame, from vectors that are there
    both × characters × film ──► tell_views (each frame against the others of its character)
    ──► the column `view`, sub-folders, filters, captions

    symmetry     how far a picture is its own mirror image, and whether there is a face in it
    head         what the middle layers of the character network know of views
    meter        both, as numbers of one frame
    judging      what the heads make of them, one alone, one beside the others of its character
    words        what the text tower of the encoder says, where it has one
    telling      the numbers of all frames → a view and its probability for each
    column       the same for the table of a result

Importing this package loads no torch.
"""

from __future__ import annotations

from clusterkit.views.telling import VIEWS, ToldViews, tell_views

__all__ = ["VIEWS", "ToldViews", "tell_views"]
