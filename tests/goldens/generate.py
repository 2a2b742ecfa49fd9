#!/usr/bin/env python3
"""Writes the goldens: what PyTorch makes of the study's models, and NumPy and SciPy of the metrics.

    /usr/bin/python3 tests/goldens/generate.py [SUBJECT...]      (Debian: python3-torch, python3-scipy, dataset-fashion-mnist;
                                                                  residual: normflows too)

Each subject is described in its file here; without a name all are written. Public implementations are installed by
pip for the run alone. The same machine and packages give the same bytes.
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "bench" / "peers"))
import adversarial  # noqa: E402
import dense_flows  # noqa: E402
import flows  # noqa: E402
import metrics  # noqa: E402
import normflows_glow  # noqa: E402
import residual  # noqa: E402

SUBJECTS = {
    "realnvp.scores": flows.scores,
    "realnvp.trajectory": flows.trajectory,
    "realnvp.autocast": flows.autocast,
    "dcgan.samples": adversarial.samples,
    "dcgan.trajectory": adversarial.trajectory,
    "wgan_gp": adversarial.wgan_gp,
    "glow.scores": normflows_glow.scores,
    "metrics": metrics.values,
    "residual": residual.normflows,
    "dense_flows.spline": dense_flows.spline,
    "dense_flows.maf": dense_flows.maf,
}


def main():
    wanted = sys.argv[1:] or list(SUBJECTS)
    for name in wanted:
        if name not in SUBJECTS:
            sys.exit(f"unknown subject {name}, expected one of {', '.join(SUBJECTS)}")
    torch.set_num_threads(1)
    for name in wanted:
        print(name, flush=True)
        SUBJECTS[name]()


if __name__ == "__main__":
    main()
