"""Filters over a batch give what they give for each of its pictures alone."""

import cv2
import numpy as np
import pytest

from clusterkit.encoders.filters import erode_each, find_slopes


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("reach", [1, 2])
def test_erosion_does_not_reach_into_the_next_picture(reach, kind):
    planes = np.random.default_rng(reach).integers(0, 256, (5, 20, 13)).astype(kind)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    expected = [cv2.erode(plane, kernel) for plane in planes]
    np.testing.assert_array_equal(erode_each(planes, reach), expected)


@pytest.mark.parametrize("shape", [(5, 20, 13), (4, 9, 30, 4)])
def test_slopes_do_not_reach_into_the_next_picture(shape):
    levels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for pictures, depth in ((levels, cv2.CV_16S), (levels / np.float32(255), cv2.CV_32F)):
        across, down = find_slopes(pictures)
        np.testing.assert_array_equal(across, [cv2.Sobel(p, depth, 1, 0) for p in pictures])
        np.testing.assert_array_equal(down, [cv2.Sobel(p, depth, 0, 1) for p in pictures])
