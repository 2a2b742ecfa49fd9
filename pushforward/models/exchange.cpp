#include "pushforward/models/exchange.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/core/json.h"
#include "pushforward/models/kinds.h"

namespace pushforward::models {
namespace {

constexpr const char* section = "model.";  // of the configuration, that an exported file carries

}  // namespace

void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out,
                const std::vector<std::string>& overrides) {
  if (std::filesystem::exists(out / "config.toml"))
    throw usage("{} already holds a run: choose another --out", out.string());
  const auto file = checkpoint::load(weights);
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
