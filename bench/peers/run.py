#!/usr/bin/env python3
"""The same training step, scoring and sampling in PyTorch and in Pushforward, alternating, in one run.

Each round runs every variant of PyTorch (one and two threads; images also channels last; flows of images also compiled,
where asked for) and takes the best for each quantity, then Pushforward with as many threads as it takes by itself.
Ratios are taken within a round, so that what else the machine does weighs on both; the table gives their median and
their range over the rounds.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import idx

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# PyTorch keeps the memory that it frees, as Pushforward does.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2 ** 32), "MALLOC_TRIM_THRESHOLD_": str(2 ** 34),
               "MALLOC_TOP_PAD_": str(2 ** 26)}

MOST_DIFFERENCE = 1e-4  # of log p, relative, at the same weights


def flow_of_images(title):
    """A preset whose weights are the same in both."""
    return {
        "title": title,
        "steps": 5,
        "layouts": ["NCHW", "NHWC"],
        "scores": "few",
        "quantities": {
            "train_step_ms": ("training step, batch 64 (ms)", "train_step_ms_median", True),
            "score_images_per_s": ("scoring, in memory (images/s)", "score_only_images_per_s", False),
        },
    }


def realnvp(title):
    return {
        "title": title,
        "preset": "realnvp",
        "steps": 20,
        "layouts": ["NCHW"],
        "scores": "all",
        "quantities": {
            "train_step_ms": ("training step, batch 128 (ms)", "train_step_ms_median", True),
            "score_images_per_s": ("scoring, file to scores (images/s)", "score_images_per_s", False),
        },
    }


# quantity in worker.py: (what the table says, key of `pushforward bench --json`, whether less is better)
SUBJECTS = {
    "realnvp": realnvp("RealNVP 784-1024, 8 couplings"),
    "realnvp-halved": realnvp("RealNVP, halved by hand in PyTorch"),
    "dcgan": {
        "title": "DCGAN 64x64, batch 64",
        "steps": 5,
        "layouts": ["NCHW", "NHWC"],
        "scores": None,
        "quantities": {
            "train_step_ms": ("training step (ms)", "train_step_ms_median", True),
            "sample_images_per_s": ("sampling (images/s)", "sample_images_per_s", False),
        },
    },
    "wgan-gp": {
        "title": "WGAN-GP 64x64, batch 64",
        "steps": 3,
        "layouts": ["NCHW", "NHWC"],
        "scores": None,
        "quantities": {
            "train_iteration_ms": ("5 critic steps, 1 generator (ms)", "train_iteration_ms_median", True),
        },
    },
    "autoregressive": flow_of_images("Autoregressive, 5 layers of 80"),
    "multiscale": flow_of_images("Multiscale, 6 layers of 64"),
    "glow": flow_of_images("Glow, 2 scales of 16 steps"),
}
FLOWS_OF_IMAGES = [name for name, subject in SUBJECTS.items() if subject["scores"] == "few"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", choices=SUBJECTS, nargs="?", default="realnvp")
    parser.add_argument("--pushforward", default=ROOT / "build" / "release" / "pushforward", type=pathlib.Path)
    parser.add_argument("--python", default="/usr/bin/python3", help="an interpreter with PyTorch and NumPy")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="FashionMNIST's files")
    parser.add_argument("--threads", default=[1, 2], type=int, nargs="+", help="of PyTorch")
    parser.add_argument("--layouts", choices=["NCHW", "NHWC"], nargs="+", help="of PyTorch; default: both for images")
    parser.add_argument("--modes", default=["eager"], choices=["eager", "compiled"], nargs="+",
                        help="of PyTorch; compiled: flows of images by torch.compile, which needs a compiler of C++")
    parser.add_argument("--bfloat16", default=[], choices=["pytorch", "pushforward"], nargs="+",
                        help="who computes in bfloat16, PyTorch under autocast, Pushforward by train.precision; "
                        "default: both in float32")
    parser.add_argument("--check", metavar="RUN", help="instead: does PyTorch give the images log p as this run does?")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--steps", type=int, help="training steps (WGAN-GP: iterations) timed in each round; default "
                        + ", ".join(f"{name} {subject['steps']}" for name, subject in SUBJECTS.items()))
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    options.layouts = options.layouts or SUBJECTS[options.subject]["layouts"]
    options.steps = options.steps or SUBJECTS[options.subject]["steps"]
    if options.subject not in FLOWS_OF_IMAGES and (options.modes != ["eager"] or options.check):
        parser.error(f"--modes and --check are for flows of images: {', '.join(FLOWS_OF_IMAGES)}")
    return options


def output_of(command, **environment):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def worker(options, threads, *more):
    command = [options.python, HERE / "worker.py", options.subject, "--threads", threads, "--data", options.data, *more]
    return output_of(command, OMP_NUM_THREADS=str(threads), PYTHONDONTWRITEBYTECODE="1", **KEEP_MEMORY)


def pytorch(options, threads, layout, mode):
    more = ["--channels-last"] * (layout == "NHWC") + ["--compile"] * (mode == "compiled")
    found = worker(options, threads, "--steps", options.steps, *more, *["--bfloat16"] * ("pytorch" in options.bfloat16))
    if options.subject in FLOWS_OF_IMAGES:
        expect_as_large(options, found["parameters"])
    return {"version": found["version"], "threads": threads, "layout": layout, "mode": mode,
            **{key: statistics.median(found[key]) for key in SUBJECTS[options.subject]["quantities"]}}


def expect_as_large(options, parameters):
    ours = output_of([options.pushforward, "inspect", options.subject, "--json"])["rows"][-1]["parameters"]
    if parameters != ours:
        sys.exit(f"{options.subject} has {parameters} parameters in PyTorch and {ours} in Pushforward")


def pushforward(options):
    subject = SUBJECTS[options.subject]
    command = [options.pushforward, "bench", subject.get("preset", options.subject), "--json", "--steps", options.steps,
               "--set", "train.precision=" + ("bfloat16" if "pushforward" in options.bfloat16 else "float32")]
    if options.subject in FLOWS_OF_IMAGES:  # the batch and the optimiser that PyTorch has
        command += ["train.batch=64", "train.optimiser=adam"]
    with tempfile.TemporaryDirectory() as folder:
        images = test_images(options)
        if subject["scores"] == "few":
            images = pathlib.Path(folder) / "few-images.gz"
            idx.write_few(test_images(options), images)
        found = output_of(command + ["--data", images] * (subject["scores"] is not None))
    return {**{ours: found[ours] for ours in ("threads", "peak_gflops", "achieved_gflops")},
            **{key: found[theirs] for key, (_, theirs, _) in subject["quantities"].items()}}


def test_images(options):
    return pathlib.Path(options.data) / "t10k-images-idx3-ubyte.gz"


def check(options):
    found = worker(options, 1, "--check", options.check, "--pushforward", options.pushforward)
    difference = found["difference"]
    print(f"log p of {idx.FEW} images by {options.check} and in PyTorch {found['version']}, at the same weights: the "
          f"largest relative difference is {difference:.1e}")
    if not difference < MOST_DIFFERENCE:
        sys.exit(f"expected one below {MOST_DIFFERENCE}")


def compare(subject, rounds):
    """One line per quantity: medians of both, PyTorch's best variant, median and range of the ratio (how many times
    as fast)."""
    lines = []
    for key, (label, _, less_is_better) in subject["quantities"].items():
        faster = min if less_is_better else max
        ours = [r["pushforward"][key] for r in rounds]
        best = [faster(r["pytorch"], key=lambda variant: variant[key]) for r in rounds]
        theirs = [variant[key] for variant in best]
        ratios = [t / o if less_is_better else o / t for t, o in zip(theirs, ours)]
        variants = sorted({f"{variant['threads']} x {variant['layout']} {variant['mode']}" for variant in best})
        lines.append({"quantity": key, "label": label, "pytorch": statistics.median(theirs), "variants": variants,
                      "pushforward": statistics.median(ours), "ratio": statistics.median(ratios),
                      "ratio_min": min(ratios), "ratio_max": max(ratios)})
    return lines


def main():
    options = arguments()
    if options.check:
        check(options)
        return
    subject = SUBJECTS[options.subject]
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
        variants = itertools.product(options.threads, options.layouts, options.modes)
        rounds.append({"pytorch": [pytorch(options, *variant) for variant in variants],
                       "pushforward": pushforward(options)})
    lines = compare(subject, rounds)
    if options.json:
        print(json.dumps({"subject": options.subject, "rounds": rounds, "comparison": lines}, indent=2))
        return
    marks = {who: " bfloat16" * (who in options.bfloat16) for who in ("pytorch", "pushforward")}
    theirs, ours = f"PyTorch {rounds[0]['pytorch'][0]['version']}{marks['pytorch']}", "Pushforward" + marks["pushforward"]
    print(f"{subject['title']:36}{theirs:>34}{ours:>22}{'ratio':>8}   range")
    for line in lines:
        print(f"{line['label']:36}{line['pytorch']:34.1f}{line['pushforward']:22.1f}{line['ratio']:8.2f}"
              f"   {line['ratio_min']:.2f} to {line['ratio_max']:.2f}"
              f"   (PyTorch's best, threads x layout, mode: {', '.join(line['variants'])})")
    ours = rounds[-1]["pushforward"]
    print(f"{options.rounds} rounds, alternating. Pushforward: {ours['threads']} threads, "
          f"{ours['achieved_gflops']:.0f} of {ours['peak_gflops']:.0f} GFLOP/s in the last")


if __name__ == "__main__":
    main()
