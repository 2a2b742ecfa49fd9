#!/usr/bin/env python3
"""Writes .npz files as NumPy makes them, beside this file.

    python3 tests/goldens/npz/generate.py      (numpy)

statistics-stored.npz, statistics-deflated.npz: mu float64 [3], sigma float32 [3, 3], as pytorch-fid (savez_compressed) and
others (savez) write them. samples.npz: arr_0 uint8 [4, 9, 8, 3] and arr_1 int64 [4], as guided-diffusion writes its samples.
"""

import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent


def main():
    features = np.arange(15, dtype=np.float64).reshape(5, 3) ** 2 % 7
    statistics = {"mu": features.mean(0), "sigma": np.cov(features, rowvar=False).astype(np.float32)}
    np.savez(FOLDER / "statistics-stored.npz", **statistics)
    np.savez_compressed(FOLDER / "statistics-deflated.npz", **statistics)
    images = (np.arange(4 * 9 * 8 * 3) % 251).astype(np.uint8).reshape(4, 9, 8, 3)
    np.savez(FOLDER / "samples.npz", images, np.array([3, 0, 255, 7]))


if __name__ == "__main__":
    main()
