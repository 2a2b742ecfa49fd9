#include "pushforward/models/exchange.h"

#include <set>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/core/json.h"
#include "pushforward/models/kinds.h"

namespace pushforward::models {
namespace {

constexpr const char* section = "model.";  // of the configuration, that an exported file carries

/// Without the parts of names that PyTorch's wrappers put before those of the network within.
checkpoint::File unwrapped(checkpoint::File file) {
  std::set<std::string> names;
  for (auto& [name, tensor] : file.tensors) {
    for (const std::string wrapper : {"module.", "_orig_mod."})
      for (auto at = name.find(wrapper); at != std::string::npos; at = name.find(wrapper, at))
        if (at == 0 || name[at - 1] == '.')
          name.erase(at, wrapper.size());
        else
          at += wrapper.size();
    if (!names.insert(name).second) throw fail("{}: expected {} once, found it wrapped too", file.path, name);
  }
  return file;
}

}  // namespace

void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out,
                const std::vector<std::string>& overrides) {
  if (std::filesystem::exists(out / "config.toml"))
    throw usage("{} already holds a run: choose another --out", out.string());
  const auto file = unwrapped(checkpoint::load(weights));
  const std::string wanted = config.has("model.kind") ? kind_of(config).name : "";
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(section)) config.set(key + "=" + value);
  if (const std::string kind = kind_of(config).name; !wanted.empty() && kind != wanted)
    throw usage("{} holds a model of kind {}, the configuration describes one of kind {}", weights.string(),
                kind, wanted);
  for (const auto& assignment : overrides) config.set(assignment);
  const auto model = make_model(config, Weights{file, Weights::Names::pytorch});
  const auto folder = train::RunFolder::create(out);
  const auto lock = folder.lock();
  const auto step = model.training.make();
  if (!model.training.best_by.empty()) folder.save_best(*step, {});
  folder.begin(*step, config.resolved());
}

void export_run(const Run& run, const std::filesystem::path& weights) {
  checkpoint::Metadata metadata{{"format", "pt"}};
  for (const auto& [key, value] : run.config.values())
    if (key.starts_with(section))  // JSON's scalars are TOML's.
      metadata[key] = std::visit([](const auto& v) { return to_text(v); }, value);
  checkpoint::save(weights, run.model.exported(), metadata);
}

}  // namespace pushforward::models
