#include "pushforward/models/conditional.h"

#include "pushforward/core/error.h"

namespace pushforward::models {

std::int64_t read_condition(const Config& config) {
  if (!config.get_bool("model.conditional", false)) return 0;
  return config.get_int("model.classes", 10, {.min = 2, .max = 1000});
}

void complete_condition(Config& config, const Examples& set) {
  if (config.get_bool("model.conditional", false) && set.labels.defined() && !config.has("model.classes"))
    config.set("model.classes", count_classes(set));
}

std::int64_t count_classes(const Examples& set) {
  const auto least = set.labels.min().item<std::int64_t>(), most = set.labels.max().item<std::int64_t>();
  if (least == most)
    throw fail("{}: expected labels of at least two classes, found {} on all its {} images", set.name, most,
               set.values.size(0));
  return most + 1;
}

void refuse_condition(const Config& config, const char* what) {
  if (config.get_bool("model.conditional", false))
    throw usage("model.conditional: {} take no condition, set it to false", what);
}

void expect_labels(const Examples& set, const std::string& model, std::int64_t classes) {
  if (!set.labels.defined())
    throw fail("{} has no labels: a {} takes a labelled set (IDX with its labels, or CIFAR-10)", set.name,
               model);
  const auto most = set.labels.max().item<std::int64_t>();
  if (classes > 0 && most >= classes)
    throw usage("model.classes = {}: {} has labels up to {}, set it to {}", classes, set.name, most,
                most + 1);
}

}  // namespace pushforward::models
