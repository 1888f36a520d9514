"""Strays: frames of which is only known who they are not."""

from test_characters import FOUR, Story, apply

N = [18], range(8)


def test_a_stray_is_no_character_of_its_own():
    story = Story()
    story.decide("name", range(8), name="mai", was=None)
    story.decide("not-same", *N, names=[None, "mai"], noise=True)
    found = apply(FOUR, story.decisions)
    assert found["noise"] == [18, 19]
    assert found["mai"] == [*range(8)]


def test_a_stray_stays_out_of_whom_it_is_not_whatever_is_clustered():
    story = Story()
    story.decide("name", range(8), name="mai", was=None)
    story.decide("not-same", *N, names=[None, "mai"], noise=True)
    assert apply([0] * 20, story.decisions)["noise"] == [18]
    assert 18 in apply([0] * 8 + [1] * 12, story.decisions)["character_001"]


def test_strays_are_not_one_another():
    story = Story()
    story.decide("not-same", [18, 19], range(8), names=[None, None], noise=True)
    found = apply([0] * 8 + [1] * 10 + [2, 3], story.decisions)
    assert found["character_002"] == [18]
    assert found["character_003"] == [19]


def test_a_later_yes_wins():
    story = Story()
    story.decide("name", range(8), name="mai", was=None)
    story.decide("not-same", *N, names=[None, "mai"], noise=True)
    story.decide("move", *N, to="mai")
    assert 18 in apply(FOUR, story.decisions)["mai"]
    story.decide("undo", of=story.decisions[-1].id)
    assert 18 in apply(FOUR, story.decisions)["noise"]


def test_who_a_stray_turns_out_to_be_is_not_whom_it_is_not():
    story = Story()
    story.decide("not-same", *N, names=[None, None], noise=True)
    story.decide("name", [*range(8, 14), 18], name="rei", was=None)
    story.decide("name", range(8), name="mai", was=None)
    found = apply([0] * 20, story.decisions)  # a clustering that cannot tell the two
    assert set(found) == {"mai", "rei"}
