import io

import torch

from cytoforge.models.image_pool import ImagePool

CPU = torch.device("cpu")


def numbered(*numbers: int) -> torch.Tensor:
    """Images of one pixel, whose value is their number."""
    return torch.tensor(numbers, dtype=torch.float32).reshape(-1, 1, 1, 1)


def names(images: torch.Tensor) -> list[int]:
    return images.flatten().int().tolist()


def test_no_pool_hands_on_without_drawing():
    before = torch.get_rng_state()
    assert names(ImagePool(0).query(numbered(1, 2))) == [1, 2]
    assert torch.equal(torch.get_rng_state(), before)


def test_the_first_images_are_handed_on_and_kept():
    pool = ImagePool(3)
    assert names(pool.query(numbered(1, 2))) == [1, 2]
    assert names(pool.query(numbered(3))) == [3]
    assert names(pool.images) == [1, 2, 3]


def test_a_full_pool_swaps_half_of_the_images():
    torch.manual_seed(0)
    pool = ImagePool(50)
    pool.query(numbered(*range(50)))
    handed = [names(pool.query(numbered(k)))[0] for k in range(50, 4050)]
    old = sum(given != new for given, new in zip(handed, range(50, 4050), strict=True))
    assert abs(old / 4000 - 0.5) < 0.03  # four standard errors of 0.008


def test_no_image_is_lost_or_doubled():
    torch.manual_seed(0)
    pool = ImagePool(4)
    handed = names(pool.query(numbered(0, 1, 2, 3)))
    for k in range(4, 100):
        handed += names(pool.query(numbered(k)))
    given = handed[4:]  # the first four were handed on and kept
    assert sorted(given + names(pool.images)) == list(range(100))


def test_every_place_is_exchanged():
    torch.manual_seed(0)
    pool = ImagePool(10)
    for k in range(200):
        pool.query(numbered(k))
    assert min(names(pool.images)) >= 10


def test_images_come_without_gradients_and_stay_as_they_were():
    pool = ImagePool(1)
    image = numbered(1).requires_grad_()
    assert not pool.query(image * 1).requires_grad
    batch = numbered(2)
    pool.query(batch)
    batch.fill_(9)
    assert 9 not in names(pool.images)


def test_as_many_draws_whatever_the_pool_holds():
    empty, full = ImagePool(2), ImagePool(2)
    full.query(numbered(1, 2))
    states = []
    for pool in (empty, full):
        torch.manual_seed(3)
        pool.query(numbered(3))
        states.append(torch.get_rng_state())
    assert torch.equal(*states)


def test_a_restored_pool_goes_on_alike():
    torch.manual_seed(0)
    pool = ImagePool(3)
    for k in range(10):
        pool.query(numbered(k))
    file = io.BytesIO()
    torch.save(pool.state_dict(), file)  # what the training state does
    file.seek(0)
    restored = ImagePool(3)
    restored.load_state_dict(torch.load(file, weights_only=True), CPU)
    handed = []
    for each in (pool, restored):
        torch.manual_seed(1)
        handed.append([names(each.query(numbered(k)))[0] for k in range(10, 30)])
    assert handed[0] == handed[1]
    assert names(pool.images) == names(restored.images)


def test_an_empty_pool_is_restored_empty():
    restored = ImagePool(2)
    restored.load_state_dict(ImagePool(2).state_dict(), CPU)
    assert restored.images is None
