"""The peers, and a Python environment for each.

An environment is a folder of its own, made by pip when it is first asked for; --python PEER=PATH uses an interpreter
that is there already.
"""

import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

FOLDER = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "pushforward-peers"


@dataclass(frozen=True)
class Peer:
    title: str
    packages: tuple
    precisions: tuple = ("float32", "bfloat16")
    subjects: tuple = ()  # none: all


INFERRED = ("realnvp", "realnvp-halved", "dcgan")  # by what runs a network and does not train it

PEERS = {
    "pytorch": Peer("PyTorch", ("torch", "numpy", "onnx", "onnxscript")),
    "jax": Peer("JAX", ("jax", "optax", "numpy"), subjects=INFERRED),
    "onnxruntime": Peer("ONNX Runtime", ("onnxruntime", "numpy"), ("float32",), INFERRED),
    "openvino": Peer("OpenVINO", ("openvino", "numpy"), subjects=INFERRED),
}


def python_of(peer, given, folder):
    """The interpreter of a peer: the one that was given, else that of its environment, which is made."""
    if peer in given:
        return given[peer]
    python = folder / peer / "bin" / "python"
    if (folder / peer / "complete").exists():
        return python
    print(f"installing {', '.join(PEERS[peer].packages)} into {folder / peer}", file=sys.stderr, flush=True)
    for command in ([sys.executable, "-m", "venv", "--clear", folder / peer],
                    [python, "-m", "pip", "install", "--quiet", *PEERS[peer].packages]):
        if subprocess.run(command, stdout=sys.stderr).returncode != 0:
            sys.exit(f"{PEERS[peer].title} could not be installed; leave it out by --peers, or give --python {peer}=PATH")
    (folder / peer / "complete").touch()
    return python
