"""Times a network that pytorch_worker.py --export wrote, as a service would run it: one JSON line {version, QUANTITY: [...]}.

    python onnx_worker.py SUBJECT --runtime openvino --model realnvp.onnx --threads 2 [--bfloat16]

realnvp, realnvp-halved   score_images_per_s, batches of 128; one_image_ms
dcgan                     sample_images_per_s, batches of 64

--bfloat16 is a hint that OpenVINO takes.
"""

import numpy

import peer

REPEATS = 30


def more(parser):
    parser.add_argument("--runtime", choices=["onnxruntime", "openvino"], required=True)
    parser.add_argument("--model", required=True, help="an .onnx file whose batch is free")


def onnxruntime(options):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return onnxruntime.__version__, lambda _: lambda x: session.run(None, {name: x})


def openvino(options):
    import openvino
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY",
                              "INFERENCE_PRECISION_HINT": "bf16" if options.bfloat16 else "f32"})

    def compiled(shape):
        network = core.read_model(options.model)
        network.reshape(list(shape))
        request = core.compile_model(network, "CPU").create_infer_request()
        return lambda x: request.infer([x])

    return openvino.__version__, compiled


def run_all(run, batches):
    for x in batches:
        run(x)
    return sum(len(x) for x in batches)


def main():
    options = peer.arguments(__doc__, ["realnvp", "realnvp-halved", "dcgan"], more)
    version, compiled = {"onnxruntime": onnxruntime, "openvino": openvino}[options.runtime](options)
    if options.subject == "dcgan":
        quantity = "sample_images_per_s"
        batches = [numpy.random.default_rng(0).normal(size=(64, 100)).astype(numpy.float32)] * 8
    else:
        quantity = "score_images_per_s"
        images = peer.images(options.data)
        batches = [images[i:i + peer.BATCH] for i in range(0, len(images) - peer.BATCH, peer.BATCH)]
    run = compiled(batches[0].shape)
    run_all(run, batches[:2])
    found = {quantity: peer.images_per_second(lambda: run_all(run, batches))}
    if options.subject != "dcgan":
        one, run_one = images[:1], compiled((1, images.shape[1]))
        found["one_image_ms"] = peer.milliseconds(lambda _: run_one(one), REPEATS, warm_up=5)
    peer.report(version, found)


main()
