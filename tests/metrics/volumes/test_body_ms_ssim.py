"""MS-SSIM inside the body, against piq's of whole slices and against sums over single windows."""

import numpy as np
import piq
import pytest
import torch

from cytoforge.metrics.volumes.body_ms_ssim import body_ms_ssim

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
LOWEST, HIGHEST = -1024, 3000
SPREAD = HIGHEST - LOWEST


def slices(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two slices in HU that are alike."""
    random = np.random.default_rng(5)
    smooth = 800 * np.sin(np.arange(side) / 9)[:, None] * np.cos(np.arange(side) / 14)
    return smooth + random.normal(0, 90, (side, side)), smooth + random.normal(0, 90, (side, side))


@pytest.mark.parametrize(("side", "scales"), [(176, 5), (96, 4), (32, 2)])
def test_of_whole_slices_it_is_piqs(side: int, scales: int):
    one, other = slices(side)
    tensors = [
        torch.from_numpy((np.clip(each, LOWEST, HIGHEST) - LOWEST) / SPREAD)[None, None]
        for each in (one, other)
    ]
    weights = torch.tensor(WEIGHTS[:scales], dtype=torch.float64)
    expected = piq.multi_scale_ssim(*tensors, data_range=1.0, scale_weights=weights / weights.sum())
    found = body_ms_ssim(one, other, np.ones(one.shape, bool), LOWEST, HIGHEST)
    assert found == pytest.approx(expected.item(), rel=1e-6)


def by_windows(one: np.ndarray, other: np.ndarray, body: np.ndarray) -> float:
    """Return the MS-SSIM of two scales, window by window."""
    x = np.arange(-5, 6)
    gauss = np.exp(-(x**2) / 4.5)
    window = np.outer(gauss, gauss) / gauss.sum() ** 2
    c1, c2 = (0.01 * SPREAD) ** 2, (0.03 * SPREAD) ** 2
    result, share = 1.0, body.astype(float)
    a, b = (np.where(body, each - LOWEST, 0) for each in (one, other))
    for scale, weight in enumerate(np.array(WEIGHTS[:2]) / sum(WEIGHTS[:2])):
        found = []
        for row in range(5, a.shape[0] - 5):
            for col in range(5, a.shape[1] - 5):
                if share[row, col] < 0.5:
                    continue
                p, q = (m[row - 5 : row + 6, col - 5 : col + 6] for m in (a, b))
                mean_p, mean_q = (window * p).sum(), (window * q).sum()
                spread_p, spread_q = p - mean_p, q - mean_q
                squares = (window * (spread_p**2 + spread_q**2)).sum()
                value = (2 * (window * spread_p * spread_q).sum() + c2) / (squares + c2)
                if scale == 1:
                    value *= (2 * mean_p * mean_q + c1) / (mean_p**2 + mean_q**2 + c1)
                found.append(value)
        result *= np.mean(found) ** weight
        a, b, share = (
            (m[::2, ::2] + m[1::2, ::2] + m[::2, 1::2] + m[1::2, 1::2]) / 4 for m in (a, b, share)
        )
    return float(result)


def test_inside_a_body_it_is_the_mean_over_its_windows():
    one, other = slices(32)
    body = np.zeros(one.shape, bool)
    body[6:23, 3:22] = True
    found = body_ms_ssim(one, other, body, LOWEST, HIGHEST)
    assert found == pytest.approx(by_windows(one, other, body), rel=1e-9)


def test_what_lies_outside_the_body_and_the_range_does_not_count():
    one, other = slices(48)
    body = np.zeros(one.shape, bool)
    body[8:40, 8:40] = True
    expected = body_ms_ssim(one, other, body, LOWEST, HIGHEST)
    changed = np.where(body, one, 2500)
    assert body_ms_ssim(changed, other, body, LOWEST, HIGHEST) == expected
    assert body_ms_ssim(one - 9000, other - 8000, body, LOWEST, HIGHEST) == 1


def test_of_a_narrow_slice_or_a_body_at_its_edge_there_is_none():
    one, other = slices(32)
    edge = np.zeros(one.shape, bool)
    edge[0] = True
    assert body_ms_ssim(one, other, edge, LOWEST, HIGHEST) is None
    assert body_ms_ssim(one[:9], other[:9], edge[:9], LOWEST, HIGHEST) is None
