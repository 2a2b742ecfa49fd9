"""Whether a flow in PyTorch and a run of Pushforward's say the same of images, at the same weights."""

import json
import pathlib
import struct
import subprocess
import tempfile

import numpy
import torch

import idx

TYPES = {"F32": torch.float32, "F64": torch.float64}


def read_safetensors(path):
    """Tensors by name."""
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), bytearray(file.read())
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        found[name] = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return found


@torch.no_grad()
def largest_difference(model, run, levels, source, pushforward):
    """Of log p of the first images of the file `source`, relative to it; `levels` [N, 1, 28, 28] are its images. Of a
    model that estimates log p, by draws of its own, the difference of the means."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        weights, images, scores = folder / "weights.safetensors", folder / "images.gz", folder / "scores.npy"
        idx.write_few(source, images)
        for verb in (["export", run, weights], ["score", run, "--data", images, "--out", scores]):
            subprocess.run([pushforward, *verb, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        model.load(read_safetensors(weights))
        theirs = numpy.load(scores)
    ours = torch.cat([model.eval()(x) for x in levels[:idx.FEW].split(64)]).double().numpy()
    if getattr(model, "estimates", False):
        ours, theirs = ours.mean(), theirs.mean()
    return float(numpy.max(numpy.abs(ours / theirs - 1)))
