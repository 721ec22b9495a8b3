"""Turn biomedical images into generators of new, labelled images, and prove their worth."""

__version__ = "0.1.0"
