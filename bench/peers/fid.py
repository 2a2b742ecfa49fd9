#!/usr/bin/env python3
"""From two folders of pictures to FID, by pytorch-fid's program and by Pushforward's, alternating in one run.

Both have the same network and the same images, 10,000 of FashionMNIST's test set and as many of its training set as
PNG files, and are timed as they are started by a user: start-up, reading, features, covariances and the distance. The
network is that of a classifier's run (its weights by `pushforward export`), given to pytorch-fid's own functions in
the place of Inception; or, with --inception, an Inception-v3 of random weights. Of pytorch-fid the fastest number of
reading processes counts in each round.

  bench/peers/fid.py runs/classifier
  bench/peers/fid.py --inception --images 200
  bench/peers/fid.py runs/classifier --python $HOME/env/bin/python      an interpreter that has pytorch-fid
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import idx

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST_DIFFERENCE = {False: 1e-3, True: 1e-2}  # of FID, relative; features of random weights hardly vary


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", help="a classifier's run")
    parser.add_argument("--inception", action="store_true", help="instead: Inception-v3, random weights")
    parser.add_argument("--pushforward", default=ROOT / "build" / "release" / "pushforward", type=pathlib.Path)
    parser.add_argument("--python", default=sys.executable, help="with pytorch-fid, torch, torchvision, safetensors")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", type=pathlib.Path)
    parser.add_argument("--images", default=10000, type=int, help="of either side")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--workers", default=[0, 1, 2], type=int, nargs="+", help="reading processes of pytorch-fid")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--make", help=argparse.SUPPRESS)  # worker: folders and the network
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)  # worker: network A B
    options = parser.parse_args()
    if bool(options.run) == options.inception and not (options.make or options.measure):
        parser.error("expected the run of a classifier, or --inception")
    return options


def network_of(weights):
    """The classifier (pushforward/nn/classifier.h) as pytorch-fid wants a network: [N, d, 1, 1] in a list."""
    import safetensors.torch
    import torch

    state = safetensors.torch.load_file(weights)
    layers, channels = [], 1
    for position, (kernel, stride) in enumerate(((4, 2), (3, 1), (4, 2), (3, 1), (4, 2))):
        out = state[f"layers.{3 * position}.weight"].shape[0]
        layers += [torch.nn.Conv2d(channels, out, kernel, stride, 1, bias=False), torch.nn.BatchNorm2d(out),
                   torch.nn.ReLU()]
        channels = out

    class Features(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(*layers)

        def forward(self, x):  # pytorch-fid reads gray images as RGB
            x = x[:, :1].contiguous(memory_format=torch.channels_last)
            return [self.layers(x).mean((2, 3), keepdim=True)]

    network = Features()
    known = {name: value for name, value in state.items() if name.startswith("layers.")}
    missing, unexpected = network.load_state_dict(known, strict=False)
    if unexpected or any("num_batches" not in name for name in missing):
        sys.exit(f"{weights}: expected a classifier's weights, found {', '.join(state)}")
    return network.eval().to(memory_format=torch.channels_last), channels


def scripted_network(path):
    import torch

    module = torch.jit.load(path).eval()

    class Features(torch.nn.Module):
        def forward(self, x):
            return [module((x * 255).to(torch.uint8), return_features=True)[:, :, None, None]]

    return Features(), 2048


def make(options):
    """Folders a and b of PNG files; with --inception, the network."""
    from PIL import Image

    folder = pathlib.Path(options.make)
    for name, file in (("a", "t10k-images-idx3-ubyte.gz"), ("b", "train-images-idx3-ubyte.gz")):
        (folder / name).mkdir()
        for number, image in enumerate(idx.read(options.data / file)[:options.images]):
            Image.fromarray(image).save(folder / name / f"{number:05}.png")
    if options.inception:
        import torch

        from inception import inception

        torch.jit.save(inception(), str(folder / "network.pt"))
    print("{}")


def by_pytorch_fid(options):
    from pytorch_fid.fid_score import calculate_frechet_distance, compute_statistics_of_path

    network, path_a, path_b = options.measure
    model, dims = scripted_network(network) if network.endswith(".pt") else network_of(network)
    batch = 16 if network.endswith(".pt") else 250
    sides = [compute_statistics_of_path(path, model, batch, dims, "cpu", options.workers[0])
             for path in (path_a, path_b)]
    print(json.dumps({"fid": float(calculate_frechet_distance(*sides[0], *sides[1]))}))


def timed(command):
    start = time.perf_counter()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**kept, "PYTHONDONTWRITEBYTECODE": "1"})
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout), seconds


def main():
    options = arguments()
    if options.make:
        return make(options)
    if options.measure:
        return by_pytorch_fid(options)
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        worker = [options.python, __file__, "--data", options.data, "--images", options.images]
        timed([*worker, "--make", folder, *["--inception"] * options.inception])
        a, b = folder / "a", folder / "b"
        weights = folder / ("network.pt" if options.inception else "weights.safetensors")
        if options.inception:
            features = [weights, "--convention", "inception"]
        else:
            timed([options.pushforward, "export", options.run, weights, "--json"])
            features = [options.run]
        for number in range(1, options.rounds + 1):
            print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
            ours, seconds = timed([options.pushforward, "fid", a, b, "--json", "--no-cache", "--features", *features])
            theirs = [timed([*worker, "--measure", weights, a, b, "--workers", workers]) for workers in options.workers]
            rounds.append({"pushforward": seconds, "pytorch-fid": min(taken for _, taken in theirs)})
            values = ours["values"]["fid"]["value"], theirs[0][0]["fid"]
            if not abs(values[0] - values[1]) <= MOST_DIFFERENCE[options.inception] * abs(values[1]):
                sys.exit(f"FID {values[0]} here and {values[1]} by pytorch-fid: expected the same")
    if options.json:
        print(json.dumps({"images": options.images, "fid": values, "rounds": rounds}, indent=2))
        return
    ratios = [one["pytorch-fid"] / one["pushforward"] for one in rounds]
    print(f"{options.images} against {options.images} PNG files, FID {values[0]:.6g} and {values[1]:.6g}")
    for name in ("pytorch-fid", "pushforward"):
        print(f"{name:14}{statistics.median(one[name] for one in rounds):8.2f} s")
    print(f"{'ratio':14}{statistics.median(ratios):8.2f}   {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
