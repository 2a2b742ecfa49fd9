#include "pushforward/ood/code_length.h"
#include "pushforward/ood/detector.h"

namespace pushforward::ood {
namespace {

/// −log p(x) − L(x) in nats, L the length of the compressed image, the shortest of several compressors: what
/// makes simple images likely under any model is taken off (Serrà et al. 2020, "Input complexity and
/// out-of-distribution detection with likelihood-based generative models", equation 2). A density on [0, 1]^D
/// is smaller than that of 256 levels by a constant, which ranks nothing. Nothing is fitted.
class Complexity final : public Detector {
 public:
  Complexity(const Outputs& model, std::vector<Compressor> compressors)
      : log_prob_(model.log_prob), compressors_(std::move(compressors)) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_;
  std::vector<Compressor> compressors_;
};

std::vector<double> Complexity::do_score(const at::Tensor& x) const {
  const auto lengths = code_length(x, compressors_);
  auto scores = log_prob_(x);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = -scores[i] - lengths[i];
  return scores;
}

const Needs needs{.answers = {{Answer::log_prob}}, .side = 1};

template <const char* name>
std::unique_ptr<Detector> make_with(const Outputs& model) {
  return std::make_unique<Complexity>(model, std::vector{compressor(name)});
}

constexpr char deflate[] = "deflate", filtered[] = "filtered", context[] = "context";

}  // namespace

Kind complexity_kind() {
  return {.name = "complexity",
          .summary = "−log p(x) − shortest compressed length",
          .needs = needs,
          .make = [](const Outputs& model) -> std::unique_ptr<Detector> {
            return std::make_unique<Complexity>(model, compressors());
          }};
}

Kind complexity_deflate_kind() {
  return {"complexity-deflate", "the same with zlib alone", needs, make_with<deflate>};
}

Kind complexity_filtered_kind() {
  return {"complexity-filtered", "the same with PNG's predictors and zlib", needs, make_with<filtered>};
}

Kind complexity_context_kind() {
  return {"complexity-context", "the same with an adaptive context model", needs, make_with<context>};
}

}  // namespace pushforward::ood
