#!/usr/bin/env python3
"""Writes what Pillow makes of images resized with antialiasing: CASE-in.npy and CASE-out.npy beside this file.

    python3 tests/goldens/resize/generate.py      (numpy, pillow, torch)

A case is called HEIGHTxWIDTH-to-HEIGHTxWIDTH; both arrays are uint8 [N, C, H, W]. In modes/ lie those of the other modes,
MODE-HEIGHTxWIDTH-to-HEIGHTxWIDTH, whose out is float32 in levels where the mode has more than 8 bits: clean by Pillow,
legacy_pytorch by PyTorch, legacy_tensorflow by its formula in float32, center-crop by Pillow and torchvision's rule of what
to cut.
"""

import pathlib

import numpy as np
import torch
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


MODE_CASES = [  # images, channels, from, to
    (2, 1, (28, 28), (64, 64)),
    (1, 3, (37, 53), (16, 20)),
    (1, 3, (12, 10), (12, 23)),
    (1, 1, (9, 31), (3, 3)),
    (1, 1, (31, 7), (7, 7)),  # of one axis: of tall images that shrink along both Pillow 13 does columns first
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


def clean(image, height, width):
    """clean-fid's make_resizer("PIL", quantize_after=False, "bicubic")"""
    planes = [Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.BICUBIC) for plane in image]
    return np.clip(np.stack([np.asarray(plane) for plane in planes]), 0, 255)


def legacy_pytorch(image, height, width):
    x = torch.from_numpy(image.astype(np.float32))[None]
    y = torch.nn.functional.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)
    return y[0].numpy()


def legacy_tensorflow(image, height, width):
    """tf.image.resize_bilinear of TensorFlow 1 with align_corners=False: pixel i lies at i · from / to, not i + ½."""

    def axis(length, to):
        at = np.arange(to, dtype=np.float32) * (np.float32(length) / np.float32(to))
        low = np.floor(at).astype(np.int64)
        return low, np.minimum(low + 1, length - 1), at - low.astype(np.float32)

    x = image.astype(np.float32)
    top, bottom, down = axis(x.shape[1], height)
    left, right, across = axis(x.shape[2], width)
    down = down[:, None]
    upper = x[:, top][:, :, left] + (x[:, top][:, :, right] - x[:, top][:, :, left]) * across
    lower = x[:, bottom][:, :, left] + (x[:, bottom][:, :, right] - x[:, bottom][:, :, left]) * across
    return upper + (lower - upper) * down


def center_crop(image, height, width):
    """torchvision's Resize and CenterCrop for a target of any proportions."""
    h, w = image.shape[1:]
    tall, wide = (int(width * h / w), width) if h * width > w * height else (height, int(height * w / h))
    covering = image if (tall, wide) == (h, w) else resized(image, tall, wide)
    top, left = int(round((tall - height) / 2.0)), int(round((wide - width) / 2.0))
    return covering[:, top : top + height, left : left + width]


MODES = {"clean": clean, "legacy_pytorch": legacy_pytorch, "legacy_tensorflow": legacy_tensorflow, "center-crop": center_crop}


def main():
    random = np.random.RandomState(0)
    for count, channels, (height, width), to in CASES:
        name = f"{height}x{width}-to-{to[0]}x{to[1]}"
        values = images(random, count, channels, height, width)
        np.save(FOLDER / f"{name}-in.npy", values)
        np.save(FOLDER / f"{name}-out.npy", np.ascontiguousarray([resized(image, *to) for image in values]))
    (FOLDER / "modes").mkdir(exist_ok=True)
    for count, channels, (height, width), to in MODE_CASES:
        values = images(random, count, channels, height, width)
        for mode, resizer in MODES.items():
            name = f"{mode}-{height}x{width}-to-{to[0]}x{to[1]}"
            np.save(FOLDER / "modes" / f"{name}-in.npy", values)
            np.save(FOLDER / "modes" / f"{name}-out.npy", np.ascontiguousarray([resizer(i, *to) for i in values]))


if __name__ == "__main__":
    main()
