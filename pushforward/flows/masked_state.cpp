#include "pushforward/flows/masked_state.h"

#include <algorithm>
#include <map>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/nn/mlp.h"

namespace pushforward::flows {
namespace {

/// Where a stored tensor stands in the full one: at `live` along `axis`, or everywhere.
struct Entry {
  std::string name;
  at::Tensor stored;
  at::Tensor live = {};  // [stored.size(axis)] indices, or undefined
  std::int64_t axis = 0;
  std::vector<std::int64_t> shape = {};  // of the full tensor
  bool fixed = false;                    // part of the model, not of its state: a mask
};

using Entries = std::vector<Entry>;

void add_whole(Entries& entries, const std::string& name, const at::Tensor& stored, bool fixed = false) {
  entries.push_back({.name = name, .stored = stored, .shape = stored.sizes().vec(), .fixed = fixed});
}

void add_part(Entries& entries, const std::string& name, const at::Tensor& stored, const at::Tensor& live,
              std::int64_t axis, std::int64_t size) {
  auto shape = stored.sizes().vec();
  shape[static_cast<std::size_t>(axis)] = size;
  entries.push_back({.name = name, .stored = stored, .live = live, .axis = axis, .shape = shape});
}

/// Whether a coupling's networks are those that a mask over all features makes: fully connected.
bool is_masked(const Coupling& coupling) {
  const auto networks = coupling.children();
  return !coupling.sees_levels() && std::all_of(networks.begin(), networks.end(), [](const auto& network) {
    return network->template as<nn::Mlp>() != nullptr;
  });
}

void add_coupling(Entries& entries, const std::string& name, const Coupling& coupling) {
  const auto size = coupling.partition().size(), condition = coupling.condition_size();
  const auto kept = at::tensor(coupling.partition().kept, at::kLong);
  const auto changed = at::tensor(coupling.partition().changed, at::kLong);
  const auto read = at::cat({kept, at::arange(size, size + condition, at::kLong)});
  add_whole(entries, name + ".mask", at::zeros({size}).index_fill_(0, kept, 1.0), true);
  for (const auto& child : coupling.named_children()) {
    const auto& net = *child.value()->as<nn::Mlp>();
    const auto layer = [&](std::size_t i) { return fmt::format("{}.{}.{}.", name, child.key(), 2 * i); };
    const auto end = net.layers.size() - 1;
    const auto first = layer(0), last = layer(end);
    const auto numbers = net.layers.back()->bias.size(0) / changed.size(0);  // for each changed feature
    const auto written = (at::arange(numbers, at::kLong).unsqueeze(1) * size + changed).flatten();
    add_part(entries, first + "weight", net.layers.front()->weight, read, 1, size + condition);
    add_whole(entries, first + "bias", net.layers.front()->bias);
    for (std::size_t i = 1; i < end; ++i) {
      add_whole(entries, layer(i) + "weight", net.layers[i]->weight);
      add_whole(entries, layer(i) + "bias", net.layers[i]->bias);
    }
    add_part(entries, last + "weight", net.layers.back()->weight, written, 0, numbers * size);
    add_part(entries, last + "bias", net.layers.back()->bias, written, 0, numbers * size);
  }
}

Entries entries_of(const Flow& flow) {
  Entries entries;
  for (const auto& layer : flow.bijectors()) {
    const auto* coupling = dynamic_cast<const Coupling*>(layer.bijector.get());
    if (coupling != nullptr && is_masked(*coupling))
      add_coupling(entries, layer.name, *coupling);
    else
      for (const auto& [key, tensor] : nn::named_state(*layer.bijector))
        add_whole(entries, fmt::format("{}.{}", layer.name, key), tensor);
  }
  return entries;
}

at::Tensor expanded(const Entry& entry) {
  if (!entry.live.defined()) return entry.stored.detach().clone();
  return at::zeros(entry.shape, entry.stored.options()).index_copy_(entry.axis, entry.live, entry.stored);
}

/// The index of the first entry that `is` marks, as "[3, 1]".
std::string first_index(const at::Tensor& is) {
  const auto where = at::nonzero(is)[0].contiguous();
  return fmt::format(
      "{}", fmt::join(where.data_ptr<std::int64_t>(), where.data_ptr<std::int64_t>() + where.numel(), ", "));
}

void check_mask(const Entry& entry, const at::Tensor& given) {
  const auto differs = given.to(entry.stored.scalar_type()) != entry.stored;
  if (differs.any().item<bool>())
    throw fail(
        "[load_full_state] {} is not this flow's mask, first at [{}]: the weights belong to a flow that "
        "couples other features",
        entry.name, first_index(differs));
}

void check(const Entry& entry, const at::Tensor& given) {
  if (given.sizes() != at::IntArrayRef(entry.shape))
    throw fail("[load_full_state] expected {} of shape {}, got {}", entry.name, at::IntArrayRef(entry.shape),
               given.sizes());
  if (entry.fixed) return check_mask(entry, given);
  if (!given.is_floating_point())
    throw fail("[load_full_state] expected {} of floating point, got {}", entry.name,
               c10::toString(given.scalar_type()));
  const auto finite = at::isfinite(given.to(entry.stored.scalar_type()));
  if (!finite.all().item<bool>())
    throw fail("[load_full_state] {} is not finite at [{}]", entry.name, first_index(finite.logical_not()));
}

}  // namespace

nn::NamedTensors full_state(const Flow& flow) {
  const at::NoGradGuard no_grad;
  nn::NamedTensors state;
  for (const auto& entry : entries_of(flow)) state.emplace_back(entry.name, expanded(entry));
  return state;
}

void load_full_state(Flow& flow, const nn::NamedTensors& tensors) {
  const at::NoGradGuard no_grad;
  const auto entries = entries_of(flow);
  std::map<std::string, at::Tensor> given;
  for (const auto& [name, tensor] : tensors)
    if (!given.emplace(name, tensor).second)
      throw fail("[load_full_state] the tensor {} is given twice", name);

  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  for (const auto& [name, tensor] : tensors)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw fail("[load_full_state] the tensor {} is not one of this flow{}", name,
                 did_you_mean(name, names));
  for (const auto& entry : entries) {
    if (!given.contains(entry.name))
      throw fail(
          "[load_full_state] the tensor {} is missing: expected the {} tensors of a PyTorch "
          "state_dict of this flow, got {}",
          entry.name, entries.size(), tensors.size());
    check(entry, given.at(entry.name));
  }
  for (const auto& entry : entries) {
    if (entry.fixed) continue;
    const auto& full = given.at(entry.name);
    at::Tensor(entry.stored).copy_(entry.live.defined() ? full.index_select(entry.axis, entry.live) : full);
  }
}

}  // namespace pushforward::flows
