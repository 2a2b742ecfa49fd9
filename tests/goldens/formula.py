"""Numbers that PyTorch and Pushforward compute alike from a name (tests/goldens/formula.h), and safetensors files."""

import json
import struct

import numpy
import torch


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def formula(name, shape):
    """Entry k: splitmix64's k-th output from the name's FNV-1a hash, its upper 24 bits as a float in [-1, 1)."""
    k = numpy.arange(1, int(numpy.prod(shape)) + 1, dtype=numpy.uint64)
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(fnv1a(name)) + k * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    unit = (z >> numpy.uint64(40)).astype(numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)
    return torch.from_numpy(unit.reshape(shape))


def spread(positions, values, count):
    """`count` of the flat `positions`: half where |values| is largest, half at random."""
    order = torch.randperm(len(positions), generator=torch.Generator().manual_seed(0))
    largest = values.flatten()[positions].abs().argsort(descending=True)
    return positions[torch.cat([largest[:count // 2], order[:count // 2]])]


def save(path, tensors):
    """safetensors: u64 header length, JSON header, data."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        dtype = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[tensor.dtype]
        bytes_ = tensor.detach().contiguous().numpy().tobytes()
        offsets = [len(data), len(data) + len(bytes_)]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": offsets}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path}: {path.stat().st_size} bytes")
