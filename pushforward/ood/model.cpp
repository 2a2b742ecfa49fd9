#include "pushforward/ood/model.h"

#include <memory>
#include <utility>

namespace pushforward::ood {

PerImage remember(PerImage function) {
  using Answers = std::vector<std::pair<at::Tensor, std::vector<double>>>;
  return [function = std::move(function), answers = std::make_shared<Answers>()](const at::Tensor& x) {
    for (const auto& [seen, answer] : *answers)
      if (seen.is_same(x)) return answer;
    return answers->emplace_back(x, function(x)).second;
  };
}

}  // namespace pushforward::ood
