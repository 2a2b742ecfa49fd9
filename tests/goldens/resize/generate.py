#!/usr/bin/env python3
"""Writes what Pillow makes of images resized with antialiasing: CASE-in.npy and CASE-out.npy beside this file.

    /usr/bin/python3 tests/goldens/resize/generate.py      (Debian: python3-pil, python3-numpy)

A case is called HEIGHTxWIDTH-to-HEIGHTxWIDTH; both arrays are uint8 [N, C, H, W].
"""

import pathlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent
CASES = [  # images, channels, from, to
    (2, 1, (28, 28), (64, 64)),
    (2, 1, (28, 28), (32, 32)),
    (2, 1, (64, 64), (28, 28)),
    (1, 3, (37, 53), (16, 20)),
    (1, 1, (1, 1), (5, 7)),
    (1, 1, (9, 31), (1, 1)),
    (1, 3, (12, 10), (12, 23)),
    (1, 1, (3, 40), (50, 2)),
]


def images(random, count, channels, height, width):
    """Noise, and noise of black and white alone, whose sums come closest to the ends of the range."""
    values = random.randint(0, 256, (count, channels, height, width))
    values[-1] = np.where(values[-1] < 128, values[-1], 255 * (values[-1] % 2))
    return values.astype(np.uint8)


def resized(image, height, width):
    """[C, H, W] → [C, height, width]"""
    interleaved = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    out = np.asarray(Image.fromarray(interleaved).resize((width, height), Image.BILINEAR))
    return out[None] if out.ndim == 2 else out.transpose(2, 0, 1)


def main():
    random = np.random.RandomState(0)
    for count, channels, (height, width), to in CASES:
        name = f"{height}x{width}-to-{to[0]}x{to[1]}"
        values = images(random, count, channels, height, width)
        np.save(FOLDER / f"{name}-in.npy", values)
        np.save(FOLDER / f"{name}-out.npy", np.ascontiguousarray([resized(image, *to) for image in values]))


if __name__ == "__main__":
    main()
