#!/usr/bin/env python3
"""The same training step, scoring and sampling here and in other people's programs, alternating, in one run.

Each round runs Pushforward and every peer in float32 and in bfloat16. Of PyTorch every variant is run that --threads,
--layouts and --modes name, and the best of a round counts. A ratio says how many times as fast as the peer Pushforward
is in the same precision; ratios are taken within a round, so that what else the machine does weighs on both, and the
table gives their median and their range over the rounds.

  bench/peers/run.py                                     RealNVP, every peer; installs them first
  bench/peers/run.py realnvp-halved dcgan --rounds 5
  bench/peers/run.py dcgan --peers pytorch --python pytorch=$HOME/env/bin/python
  bench/peers/run.py glow --modes eager compiled         flows of images: against PyTorch alone
  bench/peers/run.py glow --check runs/glow              log p of the two, at one run's weights
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
from environments import FOLDER, PEERS, python_of

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PRECISIONS = ("float32", "bfloat16")

# Peers keep the memory that they free, as Pushforward does, and choose their kernels by themselves.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(2 ** 32), "MALLOC_TRIM_THRESHOLD_": str(2 ** 34),
               "MALLOC_TOP_PAD_": str(2 ** 26), "PYTHONDONTWRITEBYTECODE": "1"}
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")

MOST_DIFFERENCE = 1e-4  # of log p, relative, at the same weights

# A quantity: its label, the key of `pushforward bench --json`, whether less is better.
STEP = ("training step (ms)", "train_step_ms_median", True)
SCORING = ("scoring, in memory (images/s)", "score_only_images_per_s", False)


def realnvp(title):
    return {"title": title, "preset": "realnvp", "steps": 20, "layouts": ["NCHW"], "scores": "all",
            "quantities": {"train_step_ms": STEP, "score_images_per_s": SCORING,
                           "one_image_ms": ("one image (ms)", "score_one_ms", True)}}


def flow_of_images(title):
    """A preset whose weights are the same in both."""
    return {"title": title, "steps": 5, "layouts": ["NHWC"], "scores": "few",
            "quantities": {"train_step_ms": STEP, "score_images_per_s": SCORING}}


SUBJECTS = {
    "realnvp": realnvp("RealNVP 784-1024, 8 couplings, batch 128"),
    "realnvp-halved": realnvp("RealNVP, halved by hand by the peers, batch 128"),
    "dcgan": {"title": "DCGAN 64x64, batch 64", "steps": 5, "layouts": ["NHWC"], "scores": None,
              "quantities": {"train_step_ms": STEP,
                             "sample_images_per_s": ("sampling (images/s)", "sample_images_per_s", False)}},
    "wgan-gp": {"title": "WGAN-GP 64x64, batch 64", "steps": 3, "layouts": ["NHWC"], "scores": None,
                "quantities": {"train_iteration_ms": ("5 critic steps, 1 generator (ms)", "train_iteration_ms_median",
                                                      True)}},
    "autoregressive": flow_of_images("Autoregressive, 5 layers of 80, batch 64"),
    "multiscale": flow_of_images("Multiscale, 6 layers of 64, batch 64"),
    "glow": flow_of_images("Glow, 2 scales of 16 steps, batch 64"),
    # Estimates by other draws: a mean of 512 images has an error of a thousandth.
    "residual": {**flow_of_images("Residual flow, 2 scales of 6 blocks, batch 64"), "most_difference": 5e-3},
}
FLOWS_OF_IMAGES = [name for name, subject in SUBJECTS.items() if subject["scores"] == "few"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", choices=[*SUBJECTS, []], nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--peers", default=list(PEERS), choices=PEERS, nargs="+")
    parser.add_argument("--precisions", default=list(PRECISIONS), choices=PRECISIONS, nargs="+")
    parser.add_argument("--environments", default=FOLDER, type=pathlib.Path, help=f"of the peers (default: {FOLDER})")
    parser.add_argument("--python", default=[], action="append", metavar="PEER=PATH",
                        help="an interpreter that has a peer already")
    parser.add_argument("--pushforward", default=ROOT / "build" / "release" / "pushforward", type=pathlib.Path)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", type=pathlib.Path,
                        help="FashionMNIST's files")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--steps", type=int, help="training steps (WGAN-GP: iterations) timed in each round; default "
                        + ", ".join(f"{name} {subject['steps']}" for name, subject in SUBJECTS.items()))
    parser.add_argument("--threads", default=[os.cpu_count()], type=int, nargs="+", help="of peers")
    parser.add_argument("--layouts", choices=["NCHW", "NHWC"], nargs="+", help="of PyTorch; default: NHWC for images")
    parser.add_argument("--modes", default=["eager"], choices=["eager", "compiled"], nargs="+",
                        help="of PyTorch; compiled: flows of images by torch.compile, which needs a compiler of C++")
    parser.add_argument("--check", metavar="RUN", help="instead: does PyTorch give the images log p as this run does?")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    options.subjects = options.subjects or ["realnvp"]
    given = dict(pair.split("=", 1) for pair in options.python if "=" in pair)
    if len(given) < len(options.python) or not set(given) <= set(PEERS):
        parser.error(f"--python takes PEER=PATH, of {', '.join(PEERS)}")
    if not set(options.subjects) <= set(FLOWS_OF_IMAGES) and (options.modes != ["eager"] or options.check):
        parser.error(f"--modes and --check are for flows of images: {', '.join(FLOWS_OF_IMAGES)}")
    options.pythons = {peer: python_of(peer, given, options.environments) for peer in options.peers}
    return options


def output_of(command, **environment):
    """The last line of what it prints, or all of it."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET or not environment}
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**kept, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.strip().splitlines()[-1] if environment else done.stdout)


def worker(options, peer, script, subject, threads, *more):
    command = [options.pythons[peer], HERE / script, subject, "--threads", threads, "--data", options.data, *more]
    return output_of(command, OMP_NUM_THREADS=str(threads), **ENVIRONMENT)


def variants_of(options, name, peer, precision, networks):
    """Every way in which a peer is run in a round: (what it is called, how it is called)."""
    subject = SUBJECTS[name]
    common = ["--steps", options.steps or subject["steps"], *["--bfloat16"] * (precision == "bfloat16")]
    for threads in options.threads:
        if peer == "pytorch":
            for layout, mode in itertools.product(options.layouts or subject["layouts"], options.modes):
                yield f"{threads} x {layout} {mode}", ("pytorch_worker.py", name, threads, *common,
                                                       *["--channels-last"] * (layout == "NHWC"),
                                                       *["--compile"] * (mode == "compiled"))
        elif peer == "jax":
            yield f"{threads} threads", ("jax_worker.py", name, threads, *common)
        else:
            yield f"{threads} threads", ("onnx_worker.py", name, threads, *common, "--runtime", peer, "--model",
                                         networks[name])


def measure(options, name, peer, precision, networks):
    """Medians of every variant."""
    found = []
    for variant, call in variants_of(options, name, peer, precision, networks):
        one = worker(options, peer, *call)
        if name in FLOWS_OF_IMAGES:
            expect_as_large(options, name, one["parameters"])
        found.append({"version": one["version"], "variant": variant,
                      **{key: statistics.median(one[key]) for key in SUBJECTS[name]["quantities"] if key in one}})
    return found


def expect_as_large(options, name, parameters):
    ours = output_of([options.pushforward, "inspect", name, "--json"])["rows"][-1]["parameters"]
    if parameters != ours:
        sys.exit(f"{name} has {parameters} parameters in PyTorch and {ours} in Pushforward")


def pushforward(options, name, precision):
    subject = SUBJECTS[name]
    command = [options.pushforward, "bench", subject.get("preset", name), "--json", "--steps",
               options.steps or subject["steps"], "--set", "train.precision=" + precision]
    if name in FLOWS_OF_IMAGES:  # the batch and the optimiser that PyTorch has
        command += ["train.batch=64", "train.optimiser=adam"]
    with tempfile.TemporaryDirectory() as folder:
        images = test_images(options)
        if subject["scores"] == "few":
            images = pathlib.Path(folder) / "few-images.gz"
            idx.write_few(test_images(options), images)
        found = output_of(command + ["--data", images] * (subject["scores"] is not None))
    return {"threads": found["threads"], "machine": found["machine"],
            **{key: found[theirs] for key, (_, theirs, _) in subject["quantities"].items()}}


def test_images(options):
    return options.data / "t10k-images-idx3-ubyte.gz"


def check(options):
    for name in options.subjects:
        found = worker(options, "pytorch", "pytorch_worker.py", name, 1, "--check", options.check, "--pushforward",
                       options.pushforward)
        print(f"{name}: log p of {idx.FEW} images by {options.check} and in PyTorch {found['version']}, at the same "
              f"weights: the largest relative difference is {found['difference']:.1e}")
        most = SUBJECTS[name].get("most_difference", MOST_DIFFERENCE)
        if not found["difference"] < most:
            sys.exit(f"expected one below {most}")


def export(options, folder):
    """The networks that are run and not trained, as .onnx."""
    networks = {name: pathlib.Path(folder) / f"{name}.onnx" for name in options.subjects
                if any(name in PEERS[peer].subjects for peer in ("onnxruntime", "openvino") if peer in options.peers)}
    python = options.pythons.get("pytorch") or (networks and python_of("pytorch", {}, options.environments))
    for name, path in networks.items():
        output_of([python, HERE / "pytorch_worker.py", name, "--export", path], **ENVIRONMENT)
    return networks


def rounds_of(options, name, networks):
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"{name}: round {number} of {options.rounds}", file=sys.stderr, flush=True)
        found = {}
        for precision in options.precisions:
            found["pushforward", precision] = [pushforward(options, name, precision)]
            for peer in options.peers:
                if precision in PEERS[peer].precisions and name in (PEERS[peer].subjects or SUBJECTS):
                    found[peer, precision] = measure(options, name, peer, precision, networks)
        rounds.append(found)
    return rounds


def compare(name, rounds):
    """A line for every quantity, peer and precision: median, how many times as fast we are with its range, the best
    variant."""
    lines = []
    for key, (label, _, less_is_better) in SUBJECTS[name]["quantities"].items():
        best = min if less_is_better else max
        for who, precision in rounds[0]:
            of_rounds = [best((one for one in found[who, precision] if key in one), key=lambda one: one[key],
                              default=None) for found in rounds]
            if None in of_rounds:
                continue
            theirs = [one[key] for one in of_rounds]
            ours = [found["pushforward", precision][0][key] for found in rounds]
            ratios = [t / o if less_is_better else o / t for t, o in zip(theirs, ours)]
            lines.append({"quantity": key, "label": label, "who": who, "precision": precision,
                          "version": of_rounds[0].get("version", ""), "median": statistics.median(theirs),
                          "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
                          "variants": sorted({one["variant"] for one in of_rounds if "variant" in one})})
    return lines


def show(name, rounds, lines):
    print(f"\n{SUBJECTS[name]['title']}\n")
    print(f"{'':36}{'precision':10}{'':36}{'median':>10}{'ratio':>8}   range")
    label = None
    for line in lines:
        first = line["label"] if line["label"] != label else ""
        label = line["label"]
        ours = line["who"] == "pushforward"
        who = "Pushforward" if ours else f"{PEERS[line['who']].title} {line['version'].split('-')[0]}"
        ratio = "" if ours else f"{line['ratio']:8.2f}   {line['ratio_min']:.2f} to {line['ratio_max']:.2f}"
        print(f"{first:36}{line['precision']:10}{who:36}{line['median']:10.2f}{ratio}"
              + f"   ({', '.join(line['variants'])})" * (len(line["variants"]) > 1))
    machine = [one["machine"] for found in rounds for (who, _), all_of in found.items() if who == "pushforward"
               for one in all_of]
    peaks = ", ".join(f"{max(one[key] or 0 for one in machine):.0f} {unit}" for key, unit in (
        ("float32_gflops", "GFLOP/s in float32"), ("bfloat16_gflops", "in bfloat16"), ("memory_gbs", "GB/s of memory")))
    print(f"\n{len(rounds)} rounds, alternating; this machine in its best moment: {peaks}; {processor()}")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{os.cpu_count()} x {line.split(':', 1)[1].strip()}"
    return f"{os.cpu_count()} processors"


def main():
    options = arguments()
    if options.check:
        check(options)
        return
    documents = []
    with tempfile.TemporaryDirectory() as folder:
        networks = export(options, folder)
        for name in options.subjects:
            rounds = rounds_of(options, name, networks)
            lines = compare(name, rounds)
            documents.append({"subject": name, "processor": processor(), "comparison": lines, "rounds": [
                {f"{who} {precision}": found for (who, precision), found in one.items()} for one in rounds]})
            if not options.json:
                show(name, rounds, lines)
    if options.json:
        print(json.dumps(documents, indent=2))


if __name__ == "__main__":
    main()
