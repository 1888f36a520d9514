"""Identities and drawings of them: what the network is taught that a character is.

anime                            people, cats and robots by the pen of the sample: fine, but slow
figures                          everybody else, by a brush that is four times as fast:
    people heads faces traits    on two legs, of any measure, with what they wear
    beasts                       on four legs, or of no common plan
    brush colours                lines, ribbons and areas in a show's palette
finish                           from a drawing to a picture of a show: texture, pixels, light
views                            from which side it is seen
"""
