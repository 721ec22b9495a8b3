"""A random forest as arrays, and what it says of pixels."""

from dataclasses import dataclass

import numpy as np

# Pixels that descend a tree together: their features stay in the processor's cache.
_BLOCK = 4096


@dataclass(frozen=True)
class Forest:
    """Decision trees, one after the other in the same arrays.

    A pixel at node `n` goes to `child[n]` where its feature `feature[n]` is at most `threshold[n]`,
    else to `child[n] + 1`. A leaf is its own child.

    Attributes
    ----------
    roots : int64 (T,), the first node of each tree
    child, feature : int64 (N,), which numpy looks up fastest
    threshold : float32 (N,); that of leaves is infinite
    probability : float32 (N, K), of each class at a leaf; of other nodes it is not asked
    """

    roots: np.ndarray
    child: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    probability: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the mean over the trees of each class' probability, float32 (n, K).

        features : float32 (n, F)
        """
        found = np.empty((len(features), self.probability.shape[1]), np.float32)
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK]
            found[start : start + _BLOCK] = sum(
                self.probability.take(self._leaves(block, root), axis=0) for root in self.roots
            ) / np.float32(len(self.roots))
        return found

    def _leaves(self, features: np.ndarray, root: int) -> np.ndarray:
        """Return the leaf of a tree at which each pixel arrives, (n,)."""
        flat, first = features.ravel(), np.arange(len(features)) * features.shape[1]
        node = np.full(len(features), root, np.intp)
        while True:
            value = flat.take(first + self.feature.take(node))
            after = self.child.take(node) + (value > self.threshold.take(node))
            if np.array_equal(after, node):
                return node
            node = after
