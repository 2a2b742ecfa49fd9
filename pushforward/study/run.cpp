#include "pushforward/study/run.h"

#include <ATen/Parallel.h>

#include <numeric>
#include <span>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"

namespace pushforward::study {
namespace {

checkpoint::File load_checkpoint(const train::RunFolder& folder, const std::string& checkpoint) {
  if (checkpoint != "last" && checkpoint != "best")
    throw usage("--checkpoint {}: expected last or best", checkpoint);
  const auto path = checkpoint == "last" ? folder.last() : folder.best();
  if (!std::filesystem::exists(path))
    throw fail("{} has no {} checkpoint", folder.path().string(), checkpoint);
  return checkpoint::load(path);
}

}  // namespace

Run Run::open(const std::filesystem::path& path, const std::string& checkpoint) {
  keep_freed_memory();
  Run run{.folder = train::RunFolder::open(path), .config = {}, .model = nullptr};
  run.config = Config::load(run.folder.config());
  run.model = make_model(run.config);
  read_data(run.config);
  run.config.check_all_read();
  run.model->load(load_checkpoint(run.folder, checkpoint));
  return run;
}

at::Tensor Run::load(const std::string& spec) const {
  auto settings = config;
  auto set = load_dataset(spec, read_data(settings).resize);
  if (set.shape != shape())
    throw fail("{}, the model of {} takes {}", set.text(), folder.path().string(), shape().text());
  return set.values;
}

at::Tensor Run::pixels(const at::Tensor& samples) const {
  return (samples.clamp(0, 1) * 255)
      .round()
      .to(at::kByte)
      .contiguous()
      .view({samples.size(0), shape().channels, shape().height, shape().width});
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> training_split(Config& config,
                                                                               std::int64_t n) {
  return data::split(n, 1 - read_data(config).validation, read_train(config).seed);
}

std::vector<double> log_prob(flows::Flow& model, const at::Tensor& values) {
  constexpr std::int64_t batch = 256;  // Of one thread: each scores its own, and meets the others rarely.
  const auto n = values.size(0), round = 4 * batch * at::get_num_threads();
  std::vector<double> scores(static_cast<std::size_t>(n));
  std::vector<std::int64_t> rows(scores.size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto score = [&](std::int64_t begin, std::int64_t end) {
    at::NoGradGuard no_grad;
    const std::span<const std::int64_t> part(rows.data() + begin, static_cast<std::size_t>(end - begin));
    const auto nats = model.log_prob(data::gather(values, part)).to(at::kDouble).contiguous();
    std::copy_n(nats.data_ptr<double>(), nats.numel(), scores.begin() + begin);
  };
  Progress progress("score", n, "images");
  for (std::int64_t start = 0; start < n; start += round) {
    if (interrupted()) throw Interrupted("interrupted while scoring: nothing was written");
    const auto stop = std::min(n, start + round);
    at::parallel_for(0, (stop - start + batch - 1) / batch, 1, [&](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) score(start + i * batch, std::min(stop, start + (i + 1) * batch));
    });
    progress.advance(stop - start);
  }
  return scores;
}

}  // namespace pushforward::study
