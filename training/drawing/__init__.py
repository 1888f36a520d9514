"""Identities and drawings of them: what the network is taught that a character is.

finish           line styles, texture, pixels, light: from a drawing to a picture of a show
anime            humans, cats and robots drawn by the pen of the bundled sample
"""
