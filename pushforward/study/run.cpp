#include "pushforward/study/run.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"

namespace pushforward::study {
namespace {

/// The weights in either kind of checkpoint.
checkpoint::File weights(const train::RunFolder& folder, const std::string& checkpoint) {
  if (checkpoint != "last" && checkpoint != "best")
    throw usage("--checkpoint {}: expected last or best", checkpoint);
  const auto path = checkpoint == "last" ? folder.last() : folder.best();
  if (!std::filesystem::exists(path))
    throw fail("{} has no {} checkpoint", folder.path().string(), checkpoint);
  auto file = checkpoint::load(path);
  if (checkpoint == "best") return file;
  auto averaged = checkpoint::select(file, "ema.");
  return averaged.tensors.empty() ? checkpoint::select(file, "model.") : averaged;
}

}  // namespace

Run Run::open(const std::filesystem::path& path, const std::string& checkpoint) {
  keep_freed_memory();
  Run run{.folder = train::RunFolder::open(path), .config = {}, .shape = {}, .model = nullptr};
  run.config = Config::load(run.folder.config());
  run.shape = read_shape(run.config);
  run.model = make_model(run.config);
  read_data(run.config);
  read_train(run.config);
  run.config.check_all_read();
  checkpoint::restore(weights(run.folder, checkpoint), nn::named_state(*run.model), "the run's model");
  return run;
}

at::Tensor Run::images(data::Images images) const {
  const Shape found{.channels = images.channels, .height = images.height, .width = images.width};
  if (found != shape)
    throw fail("{} has images of {}, the model of {} takes {}", images.name, found.text(),
               folder.path().string(), shape.text());
  return data::to_tensor(std::move(images));
}

at::Tensor Run::pixels(const at::Tensor& samples) const {
  return (samples.clamp(0, 1) * 255)
      .round()
      .to(at::kByte)
      .contiguous()
      .view({samples.size(0), shape.channels, shape.height, shape.width});
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> training_split(Config& config,
                                                                               std::int64_t n) {
  return data::split(n, 1 - read_data(config).validation, read_train(config).seed);
}

std::vector<double> log_prob(flows::Flow& model, const at::Tensor& images) {
  at::NoGradGuard no_grad;
  constexpr std::int64_t batch = 512;
  std::vector<double> scores;
  scores.reserve(static_cast<std::size_t>(images.size(0)));
  data::Loader loader(images, data::LoaderOptions{.batch = batch, .shuffle = false});
  Progress progress("score", images.size(0), "images");
  for (std::int64_t i = 0; i < loader.batches(); ++i) {
    if (interrupted()) throw Interrupted("interrupted while scoring: nothing was written");
    const auto x = loader.next().images;
    const auto values = model.log_prob(x).to(at::kDouble).contiguous();
    scores.insert(scores.end(), values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    progress.advance(x.size(0));
  }
  return scores;
}

}  // namespace pushforward::study
