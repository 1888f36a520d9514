import threading

import numpy as np
import pandas as pd
from conftest import make_rgba

from clusterkit.duplicates import LOOKBACK, Turnstile, group_duplicates, order_sequences
from clusterkit.fingerprints import take_fingerprint
from clusterkit.images import Picture

LOOKS = [take_fingerprint(Picture(make_rgba(seed), True)) for seed in range(LOOKBACK + 4)]


def make_frames(rows):
    table = pd.DataFrame(rows, columns=["path", "episode", "scene", "frame", "seconds"])
    return table.astype({"scene": "Int64", "frame": "Int64", "seconds": "Float64"})


def test_a_sequence_is_a_scene_in_the_order_of_time():
    frames = make_frames(
        [
            ("a", "e1", 1, 20, None),
            ("b", "e1", 1, 3, None),
            ("c", "e1", 2, 1, None),
            ("d", "e2", 1, 1, None),
            ("e", "e1", 1, None, 7.5),
            ("f", "e1", None, None, None),
        ]
    )
    found = sorted(rows.tolist() for rows in order_sequences(frames))
    assert found == [[1, 4, 0], [2], [3], [5]]


def test_without_scene_and_time_the_names_are_the_order():
    frames = make_frames([(name, None, None, None, None) for name in "abc"])
    assert [rows.tolist() for rows in order_sequences(frames)] == [[0, 1, 2]]
    assert order_sequences(frames[:0]) == []


def test_the_first_of_a_group_stands_for_it():
    marks = [LOOKS[0], LOOKS[1], LOOKS[0], None, LOOKS[1], None]
    assert group_duplicates(marks, [np.arange(6)]).tolist() == [0, 1, 0, 3, 1, 5]


def test_nothing_is_joined_across_a_cut():
    marks = [LOOKS[0], LOOKS[0], LOOKS[0]]
    assert group_duplicates(marks, [np.array([0]), np.array([2, 1])]).tolist() == [0, 2, 2]


def test_a_slow_pan_is_no_single_group():
    """Each frame repeats the one before; the last has nothing of the first."""
    wide = make_rgba(3, 400, 300)
    pan = [np.ascontiguousarray(wide[40:260, at : at + 160]) for at in range(200)]
    marks = [take_fingerprint(Picture(picture, True)) for picture in pan]
    firsts = group_duplicates(marks, [np.arange(len(pan))])
    assert 3 < len(set(firsts.tolist())) < len(pan)
    assert np.bincount(firsts).max() < 40


def test_what_keeps_coming_back_is_remembered():
    order = [0]
    for other in range(1, LOOKBACK + 4):
        order += [other, 0]
    firsts = group_duplicates([LOOKS[look] for look in order], [np.arange(len(order))])
    assert all(first == 0 for first, look in zip(firsts, order, strict=True) if look == 0)


def test_a_turnstile_keeps_the_order():
    turnstile, passed = Turnstile(), []

    def work(number):
        with turnstile.take_turn(number):
            passed.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(19, -1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert passed == list(range(20))
