// The study's images, a small flow of them, and sets that are foreign to it.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pushforward/flows/flow.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/report/table.h"

namespace pushforward::lab {

struct ImageSet {
  std::string name;
  at::Tensor images;  // uint8 [N, 1, 28, 28]
};

/// FashionMNIST, and what is none of it: changed test images (data/perturb.h), which are always there, and
/// the test splits of other sets of this size that are found on this machine.
struct ImageSets {
  at::Tensor train, labels;  // uint8 [60000, 1, 28, 28], int64 [60000]
  at::Tensor test, test_labels;
  std::vector<ImageSet> foreign;
};

/// With at most n images of each test set. Throws UsageError where FashionMNIST is not here.
ImageSets image_sets(std::int64_t n);

/// What a step does with a batch.
using Learn = std::function<void(const at::Tensor& batch, std::int64_t step, double learning_rate)>;

/// Calls `learn` with `steps` batches [128, 784] of uint8 images, at a rate that falls from `learning_rate`
/// by a half cosine. Throws Interrupted.
void learn_images(const std::string& what, const at::Tensor& images, std::int64_t steps, double learning_rate,
                  std::uint64_t seed, const Learn& learn);

inline constexpr std::int64_t image_couplings = 4;
inline std::int64_t hidden_of_image_flow(bool quick) {
  return quick ? 128 : 512;
}

/// A dequantised RealNVP of them with untrained weights.
std::shared_ptr<flows::Flow> small_image_flow(bool quick, std::uint64_t seed);

/// AUROC of scores of images, higher for more foreign ones.
using ImageScore = std::function<std::vector<double>(const at::Tensor& images)>;
struct NamedScore {
  std::string name;
  ImageScore score;
};

/// A column for each score, a row for each foreign set: AUROC with its interval.
struct Aurocs {
  report::Table table;
  std::vector<std::vector<metrics::Interval>> values;  // [scores][sets]
};
Aurocs aurocs(const std::string& title, const std::string& of, const at::Tensor& in,
              const std::vector<ImageSet>& foreign, const std::vector<NamedScore>& scores);

}  // namespace pushforward::lab
