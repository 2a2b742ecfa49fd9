#include "pushforward/flows/roulette.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"

namespace pushforward::flows {
namespace {

constexpr double most_terms = 100;  // on average

}  // namespace

Roulette Roulette::geometric(double continuation) {
  PF_CHECK(continuation >= 0 && continuation < 1,
           "[roulette] expected a probability in [0, 1) of going on, got {}", continuation);
  const double mean = continuation / (1 - continuation);
  PF_CHECK(mean <= most_terms,
           "[roulette] expected at most {} terms on average, going on with probability {} makes {:.0f}",
           most_terms, continuation, mean);
  return {Kind::geometric, continuation};
}

Roulette Roulette::poisson(double mean) {
  PF_CHECK(mean > 0 && mean <= most_terms, "[roulette] expected a mean in (0, {}] terms, got {}", most_terms,
           mean);
  return {Kind::poisson, mean};
}

double Roulette::survival(std::int64_t j) const {
  if (kind_ == Kind::geometric) return std::pow(parameter_, static_cast<double>(j));
  if (j == 0) return 1;
  double sum = 0;
  for (auto i = j;; ++i) {
    const auto n = static_cast<double>(i);
    const double term = std::exp(n * std::log(parameter_) - parameter_ - std::lgamma(n + 1));
    sum += term;
    if (n > parameter_ && term <= 1e-17 * sum) return sum;
  }
}

std::int64_t Roulette::draw(double u) const {
  std::int64_t n = 0;
  while (survival(n + 1) >= u) ++n;
  return n;
}

at::Tensor Roulette::weights(std::int64_t certain, std::int64_t n, at::Generator generator,
                             const at::TensorOptions& options) const {
  const auto u = (1 - nn::draw_uniform({n}, 0, 1, std::move(generator))).to(at::kDouble);
  std::vector<std::int64_t> further;
  for (std::int64_t i = 0; i < n; ++i) further.push_back(draw(u.data_ptr<double>()[i]));
  const auto longest = further.empty() ? 0 : *std::ranges::max_element(further);
  auto weights = at::zeros({certain + longest, n}, at::kDouble);
  weights.slice(0, 0, certain).fill_(1);
  for (std::int64_t j = 1; j <= longest; ++j) {
    const double weight = 1 / survival(j);
    for (std::int64_t i = 0; i < n; ++i)
      if (further[static_cast<std::size_t>(i)] >= j)
        weights.data_ptr<double>()[(certain + j - 1) * n + i] = weight;
  }
  return weights.to(options.device(), c10::typeMetaToScalarType(options.dtype()));
}

void Roulette::check_variance(double lipschitz) const {
  PF_CHECK(kind_ == Kind::poisson || parameter_ > lipschitz * lipschitz,
           "[roulette] expected a probability of going on above {:.3f}, the square of the Lipschitz constant "
           "{:.3f}, for an estimate of finite variance, got {}",
           lipschitz * lipschitz, lipschitz, parameter_);
}

std::string Roulette::describe() const {
  return fmt::format("{} roulette of {}", kind_ == Kind::geometric ? "geometric" : "Poisson", parameter_);
}

}  // namespace pushforward::flows
