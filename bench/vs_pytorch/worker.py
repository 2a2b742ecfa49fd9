"""Times the study's RealNVP in PyTorch: one JSON line {train_step_ms: [...], score_images_per_s: [...]}.

    /usr/bin/python3 bench/vs_pytorch/worker.py THREADS STEPS FASHION_MNIST_FOLDER
"""

import gzip
import json
import pathlib
import sys
import time

import numpy
import torch

import reference

WARM_UP, BATCH, SCORE_BATCH, SCORE_ROUNDS = 3, 128, 512, 3


def images(path):
    """[N, 784] in [0, 1]"""
    with gzip.open(path) as file:
        pixels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 784).astype(numpy.float32)) / 255


def main():
    threads, steps, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    torch.set_num_threads(threads)
    model = reference.RealNVP()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    test = folder / "t10k-images-idx3-ubyte.gz"
    data = images(test)

    step_ms = []
    for step in range(WARM_UP + steps):
        start = time.perf_counter()
        batch = data[step * BATCH % 9000:][:BATCH]
        reference.training_step(model, optimizer, batch)
        if step >= WARM_UP:
            step_ms.append(1e3 * (time.perf_counter() - start))

    rates = []
    with torch.no_grad():
        for _ in range(SCORE_ROUNDS):
            start = time.perf_counter()
            scores = torch.cat([model.log_prob(x) for x in images(test).split(SCORE_BATCH)])
            rates.append(len(scores) / (time.perf_counter() - start))
    print(json.dumps({"version": torch.__version__, "train_step_ms": step_ms, "score_images_per_s": rates}))


main()
