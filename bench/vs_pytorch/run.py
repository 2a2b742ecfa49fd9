#!/usr/bin/env python3
"""The same training step and the same scoring in PyTorch and in Pushforward, alternating, in one run.

Each round runs PyTorch with one and with two threads and takes the better of the two, then Pushforward with as
many threads as it takes by itself. Ratios are taken within a round, so that what else the machine does weighs on
both; the table gives their median and their range over the rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pushforward", default=ROOT / "build" / "release" / "pushforward", type=pathlib.Path)
    parser.add_argument("--python", default="/usr/bin/python3", help="an interpreter with PyTorch and NumPy")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="FashionMNIST's files")
    parser.add_argument("--threads", default=[1, 2], type=int, nargs="+", help="of PyTorch")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--steps", default=20, type=int, help="training steps timed in each round")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args()


def output_of(command, **environment):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def pytorch(options, threads):
    found = output_of([options.python, HERE / "worker.py", threads, options.steps, options.data],
                      OMP_NUM_THREADS=str(threads), PYTHONDONTWRITEBYTECODE="1")
    return {"version": found["version"], "threads": threads,
            "train_step_ms": statistics.median(found["train_step_ms"]),
            "score_images_per_s": statistics.median(found["score_images_per_s"])}


def pushforward(options):
    found = output_of([options.pushforward, "bench", "realnvp", "--json", "--steps", options.steps,
                       "--data", pathlib.Path(options.data) / "t10k-images-idx3-ubyte.gz"])
    return {"threads": found["threads"], "train_step_ms": found["train_step_ms_median"],
            "score_images_per_s": found["score_images_per_s"],
            "peak_gflops": found["peak_gflops"], "achieved_gflops": found["achieved_gflops"]}


def compare(rounds):
    """One line per quantity: medians of both, median and range of the ratio (how many times as fast)."""
    lines = []
    for key, unit, faster in (("train_step_ms", "ms", min), ("score_images_per_s", "images/s", max)):
        ours = [r["pushforward"][key] for r in rounds]
        theirs = [faster(p[key] for p in r["pytorch"]) for r in rounds]
        ratios = [t / o if faster is min else o / t for t, o in zip(theirs, ours)]
        lines.append({"quantity": key, "unit": unit, "pytorch": statistics.median(theirs),
                      "pushforward": statistics.median(ours), "ratio": statistics.median(ratios),
                      "ratio_min": min(ratios), "ratio_max": max(ratios)})
    return lines


def main():
    options = arguments()
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
        rounds.append({"pytorch": [pytorch(options, threads) for threads in options.threads],
                       "pushforward": pushforward(options)})
    lines = compare(rounds)
    if options.json:
        print(json.dumps({"rounds": rounds, "comparison": lines}, indent=2))
        return
    version = rounds[0]["pytorch"][0]["version"]
    print(f"{'RealNVP 784-1024, 8 couplings':34}{'PyTorch ' + version:>18}{'Pushforward':>14}{'ratio':>8}   range")
    names = {"train_step_ms": "training step, batch 128 (ms)",
             "score_images_per_s": "scoring, file to scores (images/s)"}
    for line in lines:
        print(f"{names[line['quantity']]:34}{line['pytorch']:18.1f}{line['pushforward']:14.1f}{line['ratio']:8.1f}"
              f"   {line['ratio_min']:.1f} to {line['ratio_max']:.1f}")
    print(f"{options.rounds} rounds, alternating; PyTorch: the better of {options.threads} threads; "
          f"Pushforward: {rounds[0]['pushforward']['threads']}")


if __name__ == "__main__":
    main()
