"""Turn biomedical images into generators of new, labelled images, and prove whether they are good."""

__version__ = "0.1.0"
