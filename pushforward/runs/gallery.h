// Samples as pictures, and what the same latents become as training goes on.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "pushforward/models/run.h"
#include "pushforward/report/animation.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/grid.h"

namespace pushforward::runs {

/// uint8 [n, C, H, W] as a grid of `columns` (0: about square); the picture's pixels are multiples of the
/// images'.
report::Image grid(const at::Tensor& pixels, int columns = 0);

/// One image uint8 [C, H, W], as it is.
report::Image picture(const at::Tensor& pixels);

/// Points in the plane beside as many of the run's data, and the density of a model that has one.
report::Figure scatter(const models::Run& run, const at::Tensor& samples);

/// What a run held out; where it held nothing out, what it was trained on, which is `seen`.
struct Shown {
  models::Examples set;
  bool seen = false;
};
Shown shown(const models::Run& run);

/// Examples in an order drawn from the seed.
models::Examples shuffled(const models::Examples& set, std::uint64_t seed);

/// Samples of a run as what the file's name ends in: .png, a picture, or .npy, float32 of the run's shape.
/// Images are in rows of `columns` (0: about square).
void write_samples(const std::filesystem::path& path, const models::Run& run, const at::Tensor& samples,
                   int columns = 0);

/// `rows` walks between two latents each, in `steps` along the great circle (White 2016, "Sampling generative
/// networks"; a straight line where there is none): samples [rows · steps, …]. Of a conditional model each
/// walk stays in one class, of `options.labels` or in turn.
at::Tensor interpolate(const models::Run& run, std::int64_t rows, std::int64_t steps, at::Generator generator,
                       const models::SampleOptions& options = {});

/// n samples at each of the temperatures, of the same latents: [temperatures · n, …].
at::Tensor at_temperatures(const models::Run& run, const std::vector<double>& temperatures, std::int64_t n,
                           at::Generator generator, const models::SampleOptions& options = {});

/// Eight walks of ten steps by the run's seed, a row each.
report::Image walks(const models::Run& run);

/// The fixed latents' samples after one epoch: samples/epoch_001.png (not of points out of the plane), and
/// their values in samples/epoch_001.npy.
void keep_epoch(const models::Run& run, std::int64_t epoch, const at::Tensor& samples);

/// Images uint8 [n, C, H, W] in rows of `columns`, each over the row of their reconstructions.
report::Image reconstructions(const models::Run& run, const at::Tensor& images, int columns = 16);

/// The images that `keep_epoch` kept of every epoch, as a strip with a column an epoch and as a film of the
/// grids; nothing before the second epoch and for points.
struct Film {
  report::Image strip;
  report::Animation animation;
};
std::optional<Film> film(const models::Run& run);

}  // namespace pushforward::runs
