"""Images of label maps beside images of other places, on images that the eye can check."""

import pytest
import torch

from cytoforge.models.tasks import labels_to_domain as task
from cytoforge.models.unpaired_images import ImagesOfMaps
from cytoforge.training.collapse import set_outcome

LABELS = (torch.arange(64) // 32).byte().expand(3, 64, 64)  # two classes, left and right
GREYS = torch.tensor([0.2, 0.8])


def drawn(noise: float, seed: int, labels: torch.Tensor = LABELS) -> torch.Tensor:
    """Each class in its grey, with noise, (N, 1, 64, 64)."""
    random = torch.Generator().manual_seed(seed)
    images = GREYS[labels.long()][:, None]
    return (images + noise * torch.randn(images.shape, generator=random)).clamp(0, 1)


def test_what_follows_its_classes_and_is_like_the_domain_is_best():
    real = drawn(0.05, 0)[:2]
    good = ImagesOfMaps(LABELS, drawn(0.05, 1), real)
    unlike = ImagesOfMaps(LABELS, drawn(0.05, 1) * 0.5, real)
    deaf = ImagesOfMaps(LABELS, drawn(0.05, 1).transpose(2, 3), real)  # of the labels' shape none
    assert good.kept > 0.95 > 0.1 > deaf.kept
    assert good.distance < 0.2 < unlike.distance
    assert task.likeness(good) < min(task.likeness(unlike), task.likeness(deaf))
    assert good.spread == pytest.approx(1, abs=0.05)


def test_the_share_that_classes_explain_is_the_correlation_ratio():
    noisy = ImagesOfMaps(LABELS, drawn(0.1, 1), drawn(0.1, 2))
    pixels, codes = noisy.made.flatten().double(), LABELS.flatten()
    between = sum(
        (codes == k).double().mean() * (pixels[codes == k].mean() - pixels.mean()) ** 2
        for k in (0, 1)
    )
    ratio = float((between / pixels.var(correction=0)).sqrt())
    assert noisy.kept == pytest.approx(ratio, rel=1e-6)


def test_one_grey_everywhere_has_collapsed_and_is_the_trivial_method():
    real = drawn(0.05, 0)
    flat = ImagesOfMaps(LABELS, real.mean((0, 2, 3), keepdim=True).expand(3, 1, 64, 64), real)
    found = set_outcome(task.TASK, flat, "Train longer")
    assert "collapsed" in found.collapsed and found.score == pytest.approx(found.trivial)
