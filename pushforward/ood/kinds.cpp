// The table of detectors: a new one is its file and a line here.
#include <algorithm>
#include <string>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/likelihood.h"
#include "pushforward/ood/typicality.h"

namespace pushforward::ood {
namespace {

template <typename D>
std::unique_ptr<Detector> make(const Model& model) {
  return std::make_unique<D>(model);
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"likelihood", "−log p(x)", make<Likelihood>},
      {"typicality", "|log p(x) − mean log p|", make<Typicality>},
  };
  return table;
}

std::unique_ptr<Detector> make_detector(std::string_view name, const Model& model) {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) {
    if (name == kind.name) return kind.make(model);
    names.emplace_back(kind.name);
  }
  throw usage("unknown detector {}; expected one of {}{}", name, fmt::join(names, ", "),
              did_you_mean(name, names));
}

}  // namespace pushforward::ood
