// A model as the program handles it, whatever its kind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/config.h"
#include "pushforward/core/json.h"
#include "pushforward/flows/flow.h"
#include "pushforward/models/examples.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::models {

struct SampleOptions {
  double temperature = 1;         // standard deviation of the latents
  bool batch_statistics = false;  // batch norms by the samples' own statistics instead of the running ones
};

/// A line of `inspect`.
struct Layer {
  std::string name, what;
  std::int64_t parameters = 0;
  double forward_flop = 0;  // for one example
};

/// What a likelihood is one of.
struct Likelihood {
  std::string of;            // "pixels", "128 codes of its autoencoder"
  std::int64_t dims = 0;     // of that
  bool dequantized = false;  // pixels whose bits/dim can be stated
  /// Why there are no bits/dim.
  std::string reason() const;
};

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

class Model {
 public:
  explicit Model(const Shape& shape) : shape_(shape) {}
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Shape& shape() const { return shape_; }
  /// For people: "realnvp", "gan, wasserstein, gradient_penalty".
  virtual std::string name() const = 0;
  /// What trains it, by the options of its configuration.
  virtual std::unique_ptr<nn::Trainable> trainable() = 0;
  /// Whether its batches are vectors [B, D] rather than images [B, C, H, W].
  virtual bool takes_vectors() const = 0;
  /// Whether it is trained with the labels of its images.
  virtual bool takes_labels() const { return false; }
  /// Whether it draws samples; where not, `sample` and what it is made of throw UsageError.
  virtual bool has_samples() const { return true; }
  /// The scalar whose largest value the best checkpoint keeps; "": there is none.
  virtual std::string best_by() const = 0;
  /// Whether its samples are measured after every epoch, its training having no number that says how good it
  /// is.
  virtual bool is_monitored() const { return false; }
  /// How many samples of fixed latents are drawn after every epoch.
  virtual std::int64_t pictures() const { return 64; }
  /// Training steps from one update of the (generating) model to the next.
  virtual std::int64_t steps_an_iteration() const { return 1; }
  /// Multiplications and additions of an iteration for one example of its batch.
  virtual double iteration_flop() const = 0;

  /// n samples in data space: images [n, D] or [n, C, H, W] where pixels are 0 … 1, points [n, D]. Throws
  /// Interrupted after Ctrl-C.
  at::Tensor sample(std::int64_t n, const SampleOptions& options, at::Generator generator);
  virtual std::int64_t latent_size() const = 0;
  /// latents [n, latent_size] → data space.
  virtual at::Tensor decode(const at::Tensor& latents, const SampleOptions& options) = 0;
  /// The same of any number, in parts unless their statistics are wanted. Throws Interrupted.
  at::Tensor decode_all(const at::Tensor& latents, const SampleOptions& options);

  /// Takes the weights of a checkpoint, last (averaged where averages are kept) or best.
  virtual void load(const checkpoint::File& file) = 0;
  /// Weights in the names and shapes of the same model in PyTorch.
  virtual nn::NamedTensors exported() = 0;
  virtual void import(const checkpoint::File& file) = 0;

  virtual std::vector<Layer> layers() const = 0;
  virtual std::vector<Panel> panels() const = 0;
  /// What is wrong with a run, by its metrics.jsonl: a sentence each.
  virtual std::vector<std::string> verdict(const std::vector<Json>& metrics) const;
  virtual std::int64_t parameters() const = 0;

  virtual bool has_likelihood() const { return false; }
  /// Both throw UsageError for models without one.
  virtual Likelihood likelihood() const;
  virtual flows::Flow& flow();
  /// What the flow sees of a batch [B, D]: the batch, or its codes.
  virtual at::Tensor flow_input(const at::Tensor& batch) { return batch; }

  /// Whether it brings images back: those of an autoencoder, [B, D] → [B, D].
  virtual bool reconstructs() const { return false; }
  virtual at::Tensor reconstruct(const at::Tensor& batch) { return batch; }

  /// What this kind of model can tell detectors about images uint8 [N, C, H, W]; what it cannot is left
  /// empty. Valid as long as the model is.
  virtual ood::Outputs detection() { return {}; }

 private:
  Shape shape_;
};

/// The model that the configuration describes, with initial weights from the run's seed. Reads all of it;
/// throws UsageError for what cannot be made and for a key that nobody read.
std::shared_ptr<Model> make_model(Config& config);

/// A model and what it is to be trained on.
struct Subject {
  Examples set;
  std::shared_ptr<Model> model;
};

/// Loads the data, completes the configuration by them and makes the model. Throws Error when the model is
/// stated to take another shape.
Subject prepare(Config& config);

}  // namespace pushforward::models
