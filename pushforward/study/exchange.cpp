#include "pushforward/study/exchange.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"

namespace pushforward::study {

void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out) {
  if (std::filesystem::exists(out / "config.toml"))
    throw usage("{} already holds a run: choose another --out", out.string());
  const auto model = make_model(config);
  read_data(config);
  config.check_all_read();
  model->import(checkpoint::load(weights));
  const auto folder = train::RunFolder::create(out);
  const auto step = model->trainable();
  if (!model->best_by().empty()) folder.save_best(*step, {});
  folder.begin(*step, config.resolved());
}

void export_run(const Run& run, const std::filesystem::path& weights) {
  checkpoint::save(weights, run.model->exported(), {{"format", "pt"}});
}

}  // namespace pushforward::study
