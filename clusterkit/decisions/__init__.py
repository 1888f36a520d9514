"""What people decide about characters: kept for good, and applied to whatever is clustered next.

A decision refers to frames by the digest of their content, never to a cluster number or a path, so
it holds across other settings, models, episodes and folders. From the ground up:

    kinds         one decision: its kinds, its line of JSON, and what makes a line valid
    log           OUT/decisions.jsonl, append-only: it loses nothing to a crash or a second writer
    identities    decisions alone → who is who among the frames they name
    characters    clustering × identities → characters; the rules when the two disagree
    steering      decisions → constraints on the next clustering
    resemblance   how well a frame fits a character
    questions     what is worth asking: 'same character?'
    recognition   new episodes: frames that are clearly a known character
    targets       what a person typed → a character, or frames
    making        an action on a result, such as a merge → the decision that records it
"""
