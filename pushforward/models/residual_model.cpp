#include "pushforward/models/residual_model.h"

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/flows/residual_flow.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"

namespace pushforward::models {
namespace {

using flows::ResidualLogDet;

struct NamedMethod {
  const char* name;
  ResidualLogDet::Method method;
};

const std::vector<NamedMethod> methods{{"exact", ResidualLogDet::Method::exact},
                                       {"roulette", ResidualLogDet::Method::roulette},
                                       {"power-series", ResidualLogDet::Method::power_series}};

ResidualLogDet read_log_det(const Config& config, const Shape& shape) {
  const Config::IntRange terms{.min = 1, .max = 1000};
  ResidualLogDet log_det;
  const auto method =
      config.get_choice("model.log_det", shape.dims() <= 16 ? "exact" : "roulette", names_of(methods));
  log_det.method = find_named(methods, method, "log-determinant").method;
  if (log_det.method == ResidualLogDet::Method::exact) return log_det;
  log_det.probe = config.get_choice("model.probe", "rademacher", {"rademacher", "gaussian"}) == "gaussian"
                      ? flows::Probe::gaussian
                      : flows::Probe::rademacher;
  log_det.certain_terms = config.get_int("model.certain_terms", 4, terms);
  log_det.evaluation_terms = config.get_int("model.evaluation_terms", 20, {.min = 20, .max = 1000});
  if (log_det.method == ResidualLogDet::Method::power_series) return log_det;
  log_det.roulette =
      config.get_choice("model.roulette", "geometric", {"geometric", "poisson"}) == "poisson"
          ? flows::Roulette::poisson(config.get_double("model.poisson_mean", 4, {.min = 0}))
          : flows::Roulette::geometric(config.get_double("model.continuation", 0.87, {.min = 0, .max = 1}));
  return log_det;
}

}  // namespace

Unfinished make_residual(const Config& config, const Shape& shape) try {
  flows::ResidualFlowOptions options;
  if (shape.points())
    options.event = {shape.dims()};
  else
    options.event = {shape.channels, shape.height, shape.width};
  options.blocks = config.get_int("model.blocks", 16, {.min = 1, .max = 1000});
  if (!shape.points()) options.scales = config.get_int("model.scales", 2, {.min = 1, .max = 12});
  options.net.hidden = config.get_int("model.hidden", 64, {.min = 1, .max = 65536});
  options.net.hidden_layers = config.get_int("model.hidden_layers", 2, {.min = 1, .max = 100});
  options.net.condition = read_condition(config);
  options.net.activation =
      config.get_choice("model.activation", "lipswish", names_of(nn::lipschitz_activations()));
  options.net.spectral.bound = config.get_double("model.lipschitz", 0.97, {.min = 0.01, .max = 0.999});
  options.log_det = read_log_det(config, shape);
  if (!shape.points()) {
    options.dequantize = config.get_bool("model.dequantize", true);
    options.logit_alpha = config.get_double("model.logit_alpha", 0.05, {.min = 0, .max = 0.499});
  }
  options.seed = read_train(config).seed;
  const double tolerance = config.get_double("model.tolerance", 1e-3, {.min = 1e-12, .max = 1});
  return make_flow("residual", flows::residual_flow(options), config, shape, tolerance);
} catch (const UsageError&) {
  throw;
} catch (const Error& error) {  // what the layers refuse, the configuration has asked for
  throw usage("{}", error.what());
}

}  // namespace pushforward::models
