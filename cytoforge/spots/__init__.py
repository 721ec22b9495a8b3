"""Fluorescent spots at known places: drawn in objects, seen through optics, added to images."""
