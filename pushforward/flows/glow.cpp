#include "pushforward/flows/glow.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/invertible_conv.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/squeeze.h"
#include "pushforward/flows/variational_dequantize.h"

namespace pushforward::flows {
namespace {

/// Layers behind each other, with the number of channels that they have come to.
class Tower {
 public:
  Tower(const GlowOptions& options)
      : options_(options),
        channels_(options.event[0]),
        init_(nn::generator(stream_key(options.seed, "init"))) {}

  void squeeze() {
    add(std::make_shared<Squeeze>());
    channels_ *= 4;
  }

  void step() {
    add(std::make_shared<ActNorm>(channels_));
    add(std::make_shared<InvertibleConv>(channels_, init_));
    couple(options_.transformer);
  }

  void split() {
    if (options_.learned_prior) couple("affine");
    add(std::make_shared<Split>());
    channels_ /= 2;
  }

  void end() {
    if (options_.learned_prior) add(std::make_shared<ActNorm>(channels_));
  }

  const Flow::Bijectors& layers() const { return layers_; }
  at::Generator& init() { return init_; }

 private:
  void add(std::shared_ptr<Bijector> layer) { layers_.push_back(std::move(layer)); }

  /// The first half of the channels is kept.
  void couple(const std::string& transformer) {
    CouplingOptions coupling{.mask = std::vector<bool>(static_cast<std::size_t>(channels_), false),
                             .hidden = options_.hidden,
                             .depth = options_.layers,
                             .transformer = transformer,
                             .conditioner = options_.conditioner,
                             .condition = options_.condition};
    std::fill_n(coupling.mask.begin(), channels_ / 2, true);
    add(std::make_shared<Coupling>(coupling, init_));
  }

  const GlowOptions& options_;
  std::int64_t channels_;
  at::Generator init_;
  Flow::Bijectors layers_;
};

}  // namespace

std::shared_ptr<Flow> glow(const GlowOptions& options) {
  PF_CHECK(options.event.size() == 3, "[glow] expected images, got an event of {} axes",
           options.event.size());
  PF_CHECK(options.scales >= 1 && options.steps >= 1,
           "[glow] expected scales and steps of at least 1, got {} and {}", options.scales, options.steps);
  Tower tower(options);
  for (std::int64_t scale = 1; scale <= options.scales; ++scale) {
    tower.squeeze();
    for (std::int64_t step = 0; step < options.steps; ++step) tower.step();
    if (scale < options.scales) tower.split();
  }
  tower.end();
  Flow::Bijectors preprocessing;
  if (options.variational)
    preprocessing.push_back(std::make_shared<VariationalDequantize>(
        VariationalDequantizeOptions{.channels = options.event[0]}, tower.init()));
  else if (options.dequantize)
    preprocessing.push_back(std::make_shared<Dequantize>());
  return std::make_shared<Flow>(options.event, std::move(preprocessing), tower.layers());
}

}  // namespace pushforward::flows
