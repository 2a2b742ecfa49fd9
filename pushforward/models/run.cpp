#include "pushforward/models/run.h"

#include "pushforward/core/error.h"
#include "pushforward/models/image_size.h"

namespace pushforward::models {
namespace {

checkpoint::File load_checkpoint(const train::RunFolder& folder, const std::string& checkpoint) {
  if (checkpoint != "last" && checkpoint != "best")
    throw usage("--checkpoint {}: expected last or best", checkpoint);
  const auto path = checkpoint == "last" ? folder.last() : folder.best();
  if (!std::filesystem::exists(path))
    throw fail("{} has no {} checkpoint", folder.path().string(), checkpoint);
  try {
    return checkpoint::load(path);
  } catch (const checkpoint::Damaged& error) {
    throw fail("{}, or the run's other checkpoint (last or best)", error.what());
  }
}

}  // namespace

Run Run::open(const std::filesystem::path& path, const std::string& checkpoint) {
  Run run{.folder = train::RunFolder::open(path), .config = {}, .model = {}};
  run.data = read_data_record(run.folder.data());
  run.config = Config::load(run.folder.config());
  const auto weights = load_checkpoint(run.folder, checkpoint);
  run.model = make_model(run.config, Weights{weights});
  return run;
}

Examples Run::examples(const std::string& spec) const {
  const auto data = read_data(config);
  auto set = load_examples(data::Spec(spec).with(data.set.reading()), data.resize);
  if (set.shape != shape())
    throw fail("{}, the model of {} takes {}", set.text(), folder.path().string(), shape().text());
  return set;
}

at::Tensor Run::pixels(const at::Tensor& samples) const {
  return to_pixels(samples, shape().channels, shape().height, shape().width);
}

}  // namespace pushforward::models
