#!/usr/bin/env python3
"""The Fréchet distance of 10,000 against 10,000 features beside SciPy's sqrtm, alternating within one run.

    cmake --build build/release --target bench
    bench/vs_scipy/run.py [--dims 2048] [--rounds 1] [--json]      (Debian: python3-scipy, python3-torch)

Both sides make the same features and go from them to the distance in float64: means and covariances, then
tr (A B)^(1/2), for which SciPy's route is the one that FID programs commonly take, sqrtm(A @ B). Both parts are timed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLES = 10000


def scipy_side(dims):
    """Run in a process of its own, so that its BLAS sees the environment."""
    import numpy
    import scipy
    import scipy.linalg

    sys.path.insert(0, str(ROOT / "tests" / "goldens"))
    from formula import formula

    real = formula("real", [SAMPLES, dims]).numpy()
    fake = (0.9 * formula("fake", [SAMPLES, dims]) + 0.1).numpy()
    start = time.perf_counter()
    real, fake = real.astype(numpy.float64), fake.astype(numpy.float64)
    mean_a, mean_b = real.mean(0), fake.mean(0)
    cov_a, cov_b = numpy.cov(real, rowvar=False), numpy.cov(fake, rowvar=False)
    gathered = time.perf_counter()
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    value = ((mean_a - mean_b) ** 2).sum() + numpy.trace(cov_a + cov_b) - 2 * numpy.trace(root).real
    end = time.perf_counter()
    print(json.dumps({"distance": end - gathered, "whole": end - start, "value": value, "version": scipy.__version__}))


def output_of(command, environment=None):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def environment_of_the_program():
    """What the program's launcher tells OpenBLAS (cli/main.cpp), which the benchmark has not."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    known = "SkylakeX" if {"avx512vl", "avx512bw", "avx512dq"} <= set(flags) else "Haswell" if "avx2" in flags else None
    return {"OPENBLAS_CORETYPE": known} if known and "OPENBLAS_CORETYPE" not in os.environ else {}


def pushforward_side(options):
    found = output_of([options.bench, f"--benchmark_filter=^frechet(/distance)?/{options.dims}/",
                       "--benchmark_format=json"], environment_of_the_program())
    distance, whole = sorted(found["benchmarks"], key=lambda run: "distance" not in run["name"])
    return {"distance": distance["real_time"] / 1000, "whole": whole["real_time"] / 1000, "value": whole["value"],
            "threads": found["context"]["threads"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=ROOT / "build" / "release" / "bench" / "pushforward_bench", type=pathlib.Path)
    parser.add_argument("--python", default="/usr/bin/python3", help="an interpreter with SciPy and PyTorch")
    parser.add_argument("--dims", default=2048, type=int, choices=[128, 2048])
    parser.add_argument("--rounds", default=1, type=int)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--scipy-side", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scipy_side:
        return scipy_side(options.dims)
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
        rounds.append({"pushforward": pushforward_side(options),
                       "scipy": output_of([options.python, __file__, "--scipy-side", "--dims", options.dims])})
    if options.json:
        print(json.dumps({"dims": options.dims, "samples": SAMPLES, "rounds": rounds}, indent=2))
        return
    first = rounds[0]
    print(f"{options.dims} dimensions, {SAMPLES} samples a side, {first['pushforward']['threads']} threads")
    print(f"{'':32}{'SciPy ' + first['scipy']['version']:>14}{'Pushforward':>14}{'ratio':>8}")
    for key, label in (("distance", "statistics to distance, s"), ("whole", "features to distance, s")):
        theirs, ours = ([r[side][key] for r in rounds] for side in ("scipy", "pushforward"))
        ratio = statistics.median(t / o for t, o in zip(theirs, ours))
        print(f"{label:32}{statistics.median(theirs):14.2f}{statistics.median(ours):14.2f}{ratio:8.1f}")
    print(f"{'FID':32}{first['scipy']['value']:14.9g}{first['pushforward']['value']:14.9g}")


if __name__ == "__main__":
    main()
