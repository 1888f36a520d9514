"""The labelling page: names, merges, splits and answers by hand.

    result ──► Labelling (a view-model: actions in, frozen states out) ──► page (renders, only)

The modules, from the ground up:

    parts       the parts of one character: groups of frames that look alike, and a map of them
    state       what the page shows, as values
    opening     one character laid open
    wording     decisions in words
    session     actions → decisions in the log → the next state
    page        the widget: states to the browser, clicks and keys to the session
"""
