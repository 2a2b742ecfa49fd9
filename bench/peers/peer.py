"""What the workers of all peers have in common: options, images, the clock, the answer."""

import argparse
import gzip
import json
import pathlib
import time

import numpy

BATCH = 128  # of RealNVP
ROUNDS = 3   # of scoring and of sampling


def arguments(text, subjects, more=lambda parser: None):
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", choices=subjects)
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--steps", default=5, type=int, help="training steps timed")
    parser.add_argument("--bfloat16", action="store_true", help="products in bfloat16")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", type=pathlib.Path)
    more(parser)
    return parser.parse_args()


def images(folder):
    """The test set, float32 [10000, 784] in [0, 1]."""
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16)
    return pixels.reshape(-1, 784).astype(numpy.float32) / 255


def milliseconds(step, count, warm_up):
    """Of `count` calls step(i), after `warm_up` that are not timed."""
    times = []
    for i in range(warm_up + count):
        start = time.perf_counter()
        step(i)
        times.append(1e3 * (time.perf_counter() - start))
    return times[warm_up:]


def images_per_second(work):
    """`work()` returns how many images it went through."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        count = work()
        rates.append(count / (time.perf_counter() - start))
    return rates


def report(version, found):
    print(json.dumps({"version": version, **found}))
