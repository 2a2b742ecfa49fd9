#!/usr/bin/env python3
"""Inception-v3 features by Python and by Pushforward: the same numbers, and how fast each is.

Debian's torchvision has the network; its weights are random (its batch norms have seen some noise), which is enough
for agreement and speed. It is wrapped in the calling convention of the public inception-2015-12-05.pt and scripted;
`pushforward fid --features FILE.pt --convention inception` reads it. Both are given the same uint8 images, resized to
299x299 inside the network. Agreement is that of the features' mean and covariance, in units of a feature's
standard deviation.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import tempfile
import time

import numpy
import torch
import torchvision

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Resize(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.interpolate(x, size=[299, 299], mode="bilinear", align_corners=False)


class Inception(torch.nn.Module):
    def __init__(self, network, head):
        super().__init__()
        self.network, self.head = network, head
        # Traced, since a newer PyTorch scripts all modes of interpolate, some unknown to an older LibTorch.
        self.resize = torch.jit.trace(Resize(), torch.zeros(2, 3, 28, 28))

    def forward(self, img: torch.Tensor, return_features: bool = False, use_fp16: bool = False,
                no_output_bias: bool = False) -> torch.Tensor:
        features = self.network((self.resize(img.to(torch.float32)) - 128) / 128)
        if return_features:
            return features
        logits = torch.matmul(features, self.head.weight.t())
        if not no_output_bias:
            logits = logits + self.head.bias
        return torch.softmax(logits, 1)


def inception():
    torch.manual_seed(0)
    network = torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False)
    head, network.fc = network.fc, torch.nn.Identity()
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(8, 3, 299, 299))
        return torch.jit.script(Inception(torch.jit.trace(network.eval(), torch.zeros(2, 3, 299, 299)), head).eval())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pushforward", default=ROOT / "build" / "release" / "pushforward", type=pathlib.Path)
    parser.add_argument("--images", default=64, type=int)
    parser.add_argument("--batch", default=16, type=int, help="of Python")
    parser.add_argument("--threads", default=2, type=int, help="of both")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args()


def by_python(module, images, batch):
    start = time.perf_counter()
    with torch.no_grad():
        features = torch.cat([module(x, return_features=True) for x in images.split(batch)])
    return features.double().numpy(), time.perf_counter() - start


def safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    return {name: numpy.frombuffer(raw[8 + size:], numpy.float64)[entry["data_offsets"][0] // 8:
                                                                entry["data_offsets"][1] // 8].reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def by_pushforward(options, folder, images):
    """Mean and covariance, and seconds with the program's start and the reading of the module taken off: what one batch
    more than a first one costs."""
    def run(count):
        numpy.save(folder / "images.npy", images[:count].numpy())
        start = time.perf_counter()
        subprocess.run([options.pushforward, "fid", folder / "images.npy", "--features", folder / "inception.pt",
                        "--convention", "inception", "--save-statistics", folder / "s.safetensors", "-q", "--threads",
                        str(options.threads)], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    few = 2
    start_up = run(few)
    whole = run(len(images))
    return safetensors(folder / "s.safetensors"), (whole - start_up) * len(images) / (len(images) - few)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    images = torch.randint(0, 256, (options.images, 3, 64, 64), dtype=torch.uint8,
                           generator=torch.Generator().manual_seed(1))
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        module = inception()
        module.save(str(folder / "inception.pt"))
        for _ in range(options.rounds):
            features, python = by_python(module, images, options.batch)
            statistics, ours = by_pushforward(options, folder, images)
            rounds.append({"python_images_per_s": len(images) / python, "pushforward_images_per_s": len(images) / ours})
    deviation = features.std(0).mean()
    found = {"version": torchvision.__version__, "images": len(images), "threads": options.threads, "rounds": rounds,
             "mean_difference": float(abs(features.mean(0) - statistics["mean"]).max() / deviation),
             "covariance_difference": float(abs(numpy.cov(features.T) - statistics["covariance"]).max() / deviation**2)}
    if options.json:
        return print(json.dumps(found, indent=2))
    print(f"Inception-v3 of torchvision {found['version']}, {len(images)} images of 64x64, {options.threads} threads")
    for one in rounds:
        print(f"  Python {one['python_images_per_s']:6.1f} images/s   Pushforward {one['pushforward_images_per_s']:6.1f}")
    print(f"  largest difference in sd: mean {found['mean_difference']:.1e}, covariance {found['covariance_difference']:.1e}")


if __name__ == "__main__":
    main()
