// A model as the program handles it: a record of what it is and of what it can do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/config.h"
#include "pushforward/core/json.h"
#include "pushforward/flows/flow.h"
#include "pushforward/metrics/importance.h"
#include "pushforward/models/examples.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::models {

struct SampleOptions {
  double temperature = 1;         // standard deviation of the latents
  bool batch_statistics = false;  // batch norms by the samples' own statistics instead of the running ones
  /// Of a conditional model: int64 [n], the class of each sample, or [1], that of all; undefined: every class
  /// in turn, 0, 1, …
  at::Tensor labels = {};
};

/// How many of samples [n, …] hold a number that is not finite.
std::int64_t not_finite(const at::Tensor& samples);

/// The labels int64 [n] of n samples of a model of so many classes; undefined where it has none. Throws
/// UsageError for labels that it does not know, and for any where it has none.
at::Tensor sample_labels(const SampleOptions& options, std::int64_t n, std::int64_t classes);

/// Throws UsageError for batch statistics, of a model without batch normalisation.
void expect_running_statistics(const SampleOptions& options);

/// Makes samples from latents N(0, I).
struct Sampler {
  std::int64_t latent_size = 0;
  std::int64_t pictures = 64;  // samples of fixed latents that are drawn after every epoch
  std::int64_t classes = 0;    // one of which each sample is given; 0: none
  /// latents [n, latent_size] → data space: images [n, D] or [n, C, H, W] where pixels are 0 … 1, points
  /// [n, D].
  std::function<at::Tensor(const at::Tensor& latents, const SampleOptions& options)> decode;

  /// Decodes any number of latents, in parts unless their batch statistics are wanted. Throws Interrupted
  /// after Ctrl-C.
  at::Tensor decode_all(const at::Tensor& latents, const SampleOptions& options) const;
  /// Draws n latents and decodes them.
  at::Tensor sample(std::int64_t n, const SampleOptions& options, at::Generator generator) const;
};

/// What a likelihood is one of.
struct Likelihood {
  std::string of;            // "pixels", "128 codes of its autoencoder"
  std::int64_t dims = 0;     // of that
  bool dequantized = false;  // pixels whose bits/dim can be stated
  bool bound = false;        // what is called log p is a lower bound of it
  bool estimated = false;    // each an unbiased estimate
  /// Why there are no bits/dim.
  std::string reason() const;
};

struct Density {
  Likelihood likelihood;
  std::shared_ptr<flows::Flow> flow;
  std::function<at::Tensor(const at::Tensor& batch)>
      input;                                   // what the flow sees of a batch: it, or its codes
  double tolerance = nn::Context{}.tolerance;  // of the flow's inverse, where that is iterative

  /// K where the flow has p(x | y) of K classes, so that p(x) = Σ_y p(x | y) / K; else 0.
  std::int64_t classes() const { return flow->condition_size(); }
};

/// What corrects the density q: log p(x) = log q(x) + h(x) − log Z, Z = E_q exp h. As its constant is
/// estimated, by samples of q, where it is known at all, so is log p: it is never called a likelihood.
struct Correction {
  std::function<at::Tensor(const at::Tensor& batch)> log_ratio;  // h(x) [B] nats of a batch
  std::function<metrics::ImportanceMean()> log_constant;         // the same draws each time
};

/// Brings images back: [B, D] → codes [B, d] → [B, D].
struct Codec {
  std::function<at::Tensor(const at::Tensor& batch)> encode;
  std::function<at::Tensor(const at::Tensor& codes)> decode;
};

/// How a model is trained.
struct Training {
  std::function<std::unique_ptr<nn::Trainable>()> make;  // by the options of its configuration
  std::string best_by = {};  // the scalar whose largest value the best checkpoint keeps; "": none
  bool vectors = true;       // batches are [B, D] rather than images [B, C, H, W]
  bool labels = false;       // with the labels of the images
  bool monitored = false;    // samples are measured after every epoch: no scalar says how good it is
  std::int64_t steps_an_iteration = 1;  // steps from one update of the (generating) model to the next
  double iteration_flop = 0;            // multiplications and additions of an iteration, for one example
};

/// A line of `inspect`.
struct Layer {
  std::string name, what;
  std::int64_t parameters = 0;
  double forward_flop = 0;  // for one example
};

/// Appends a line for every weight matrix or kernel of a network, named behind `prefix`.
void append_matrices(std::vector<Layer>& all, const nn::Module& network, const std::string& prefix);

/// One plot of metrics.jsonl: scalars by step (part "") or by epoch (part "train", "held_out", "measured").
struct Panel {
  struct Line {
    std::string part, scalar, label;
  };
  std::string file, title, y_label, caption;
  std::vector<Line> lines;
  bool log_y = false;
  std::string note = {};  // on the plot: what the curves mean, which way is better
};

/// A caller asks `if (model.density)`; nothing in a record changes after it was made. Its functions keep the
/// networks alive, so that copies may outlive it.
struct Model {
  Shape shape;
  std::string name;  // for people: "realnvp", "gan, wasserstein"
  Training training;
  std::function<nn::NamedTensors()> weights;   // in the names of a checkpoint
  std::function<nn::NamedTensors()> exported;  // in the names and shapes of the same model in PyTorch
  std::int64_t parameters = 0;
  std::vector<Layer> layers;
  std::vector<Panel> panels;
  /// Says what is wrong with a run, by its metrics.jsonl: a sentence each.
  std::function<std::vector<std::string>(const std::vector<Json>& metrics)> verdict = [](const auto&) {
    return std::vector<std::string>();
  };

  std::optional<Sampler> sampler = {};
  std::optional<Density> density = {};
  std::optional<Correction> correction = {};  // of the density
  std::optional<Codec> codec = {};
  ood::Outputs outputs = {};  // what detectors may ask about images uint8 [N, C, H, W]
  std::string advice = {};    // for who asks for what it has not: "continue it with --resume"
};

/// The model's sampler or density. Throws UsageError, with the model's advice, where there is none.
const Sampler& expect_sampler(const Model& model);
const Density& expect_density(const Model& model);

/// Weights that a model is made with.
struct Weights {
  enum class Names { checkpoint, pytorch };
  const checkpoint::File& file;
  Names names =
      Names::checkpoint;  // those of a run's checkpoint (its averages where kept), or Model::exported
};

/// Networks whose record depends on the weights that they are given, if any: the flow of a latent flow may
/// not have begun to learn. Throws Error for weights of another model.
using Unfinished = std::function<Model(const std::optional<Weights>& weights)>;

/// The model that the configuration describes, with initial weights from the run's seed or with those given.
/// Reads all of the configuration; throws UsageError for what cannot be made and for a key that nobody read,
/// and Error for weights of another model, a much larger one before anything of its size is allocated.
Model make_model(const Config& config, const std::optional<Weights>& weights = {});

/// A model and what it is to be trained on.
struct Subject {
  Examples set;
  Model model;
};

/// Loads the data, completes the configuration by them and makes the model. Throws Error when the model is
/// stated to take another shape.
Subject prepare(Config& config);

}  // namespace pushforward::models
