#include "pushforward/runs/gallery.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/npy.h"
#include "pushforward/detection/unseen.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/models/latents.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/film_strip.h"

namespace pushforward::runs {
namespace {

report::GridImages view(const at::Tensor& pixels) {
  return {.n = static_cast<int>(pixels.size(0)),
          .channels = static_cast<int>(pixels.size(1)),
          .height = static_cast<int>(pixels.size(2)),
          .width = static_cast<int>(pixels.size(3)),
          .pixels = {pixels.data_ptr<std::uint8_t>(), static_cast<std::size_t>(pixels.numel())}};
}

template <typename T>
std::span<const T> values(const at::Tensor& x) {
  return {x.data_ptr<T>(), static_cast<std::size_t>(x.numel())};
}

std::filesystem::path epoch_file(const models::Run& run, std::int64_t epoch, const char* extension) {
  return run.folder.samples() / fmt::format("epoch_{:03}{}", epoch, extension);
}

/// samples/epoch_001.npy, …, in the order of the epochs.
std::vector<std::filesystem::path> kept_epochs(const models::Run& run) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(run.folder.samples())) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("epoch_") && name.ends_with(".npy")) paths.push_back(entry.path());
  }
  std::ranges::sort(paths, {}, [](const auto& path) { return std::pair(path.string().size(), path); });
  return paths;
}

/// A plot, without which a training goes on where gnuplot is missing.
void draw_samples(const std::filesystem::path& path, const models::Run& run, const at::Tensor& samples) {
  std::string why;
  try {
    return write_samples(path, run, samples);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    why = error.what();
  }
  say("no plot of the samples: {}", why);
}

}  // namespace

report::Image grid(const at::Tensor& pixels, int columns) {
  const auto bytes = pixels.contiguous();
  const auto side = static_cast<int>(std::max(bytes.size(2), bytes.size(3)));
  return report::make_grid(view(bytes), {.columns = columns, .scale = std::clamp(64 / side, 1, 4)});
}

report::Image picture(const at::Tensor& pixels) {
  const auto bytes = pixels.unsqueeze(0).contiguous();
  return report::make_grid(view(bytes), {.columns = 1, .scale = 1, .gap = 0});
}

report::Figure scatter(const models::Run& run, const at::Tensor& samples) {
  evaluation::LogDensity density;
  if (run.model.density)
    density = [flow = run.model.density->flow](const at::Tensor& points) {
      return models::log_prob(*flow, points);
    };
  const auto data = models::load_examples(models::read_data(run.config).set);
  return evaluation::scatter(models::first(data, samples.size(0)), samples, "samples", density);
}

Shown shown(const models::Run& run) {
  const auto [trained, held_out] = detection::divide(run);
  return held_out.rows.empty() ? Shown{trained.set, true} : Shown{held_out.chosen()};
}

models::Examples shuffled(const models::Examples& set, std::uint64_t seed) {
  return detection::Selection{set, permutation(set.values.size(0), stream(seed, "shown"))}.chosen();
}

void write_samples(const std::filesystem::path& path, const models::Run& run, const at::Tensor& samples,
                   int columns) {
  if (path.extension() == ".npy") {
    const auto& shape = run.shape();
    const auto x = samples.contiguous();
    const auto n = x.size(0);
    const auto size = shape.points()
                          ? std::vector<std::int64_t>{n, shape.numbers}
                          : std::vector<std::int64_t>{n, shape.channels, shape.height, shape.width};
    return data::write_npy(path, data::NpyArray::of<float>(size, values<float>(x)));
  }
  if (!run.shape().points()) return report::write_png(path, grid(run.pixels(samples), columns));
  scatter(run, samples).save(path);
}

at::Tensor interpolate(const models::Run& run, std::int64_t rows, std::int64_t steps, at::Generator generator,
                       const models::SampleOptions& options) {
  const auto& sampler = models::expect_sampler(run.model);
  const auto size = sampler.latent_size;
  const auto ends = nn::draw_normal({2, rows, size}, 0, options.temperature, std::move(generator));
  auto own = options;
  own.labels = models::sample_labels(options, rows, sampler.classes);
  if (own.labels.defined()) own.labels = own.labels.repeat_interleave(steps);
  return sampler.decode_all(models::great_circle(ends[0], ends[1], steps).flatten(0, 1), own);
}

at::Tensor at_temperatures(const models::Run& run, const std::vector<double>& temperatures, std::int64_t n,
                           at::Generator generator, const models::SampleOptions& options) {
  const auto& sampler = models::expect_sampler(run.model);
  const auto z = nn::draw_normal({n, sampler.latent_size}, 0, 1, std::move(generator));
  std::vector<at::Tensor> rows;
  for (const double temperature : temperatures) rows.push_back(z * temperature);
  auto own = options;
  own.labels = models::sample_labels(options, n, sampler.classes);
  if (own.labels.defined()) own.labels = own.labels.repeat({static_cast<std::int64_t>(rows.size())});
  return sampler.decode_all(at::cat(rows), own);
}

report::Image walks(const models::Run& run) {
  constexpr int rows = 8, steps = 10;
  auto generator = nn::generator(stream_key(models::read_train(run.config).seed, "interpolation"));
  return grid(run.pixels(interpolate(run, rows, steps, std::move(generator))), steps);
}

void keep_epoch(const models::Run& run, std::int64_t epoch, const at::Tensor& samples) {
  if (run.shape().points()) {
    write_samples(epoch_file(run, epoch, ".npy"), run, samples);
    if (run.shape().numbers == 2) draw_samples(epoch_file(run, epoch, ".png"), run, samples);
    return;
  }
  write_samples(epoch_file(run, epoch, ".png"), run, samples);
  const auto pixels = run.pixels(samples);
  const auto& s = run.shape();
  data::write_npy(epoch_file(run, epoch, ".npy"),
                  data::NpyArray::of<std::uint8_t>({pixels.size(0), s.channels, s.height, s.width},
                                                   values<std::uint8_t>(pixels)));
}

report::Image reconstructions(const models::Run& run, const at::Tensor& images, int columns) {
  const at::NoGradGuard no_grad;
  const auto n = images.size(0);
  const auto batch = images.view({n, -1}).to(at::kFloat) / 255;
  const auto back = run.pixels(run.model.codec->decode(run.model.codec->encode(batch)));
  std::vector<at::Tensor> rows;
  for (std::int64_t i = 0; i < n; i += columns)
    for (const auto& half : {images, back}) {
      auto row = half.slice(0, i, i + columns);
      const auto missing = columns - row.size(0);
      if (missing > 0 && n > columns)
        row = at::cat({row, at::zeros({missing, row.size(1), row.size(2), row.size(3)}, row.options())});
      rows.push_back(row);
    }
  return grid(at::cat(rows), static_cast<int>(std::min<std::int64_t>(columns, n)));
}

std::optional<Film> film(const models::Run& run) {
  if (run.shape().points()) return {};
  std::vector<at::Tensor> epochs;
  for (const auto& path : kept_epochs(run)) {
    const auto array = data::read_npy(path);
    if (array.shape.size() != 4) throw fail("{}: expected images [n, C, H, W]", path.string());
    const auto bytes = array.values<std::uint8_t>();
    epochs.push_back(at::tensor(at::ArrayRef<std::uint8_t>(bytes.data(), bytes.size())).view(array.shape));
  }
  if (epochs.size() < 2) return {};
  std::vector<report::GridImages> views;
  std::vector<report::Image> frames;
  for (const auto& epoch : epochs) {
    views.push_back(view(epoch));
    frames.push_back(grid(epoch));
  }
  return Film{.strip = report::film_strip(views), .animation = report::animate(frames)};
}

}  // namespace pushforward::runs
