"""A small pen that draws anime-styled characters as RGBA cut-outs.

A character is a frozen set of traits (`traits`), a drawing is a function of the
character, a pose and an expression (`figure`), and the camera turns a drawing into
a film frame's cut-out (`camera`).  Everything is a polygon filled by OpenCV.
"""
