#include "pushforward/runs/turing.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/runs/gallery.h"

namespace pushforward::runs {

report::TuringTest turing_test(const models::Run& run, const models::Examples& real, std::int64_t n,
                               std::uint64_t seed, const report::Texts& language) {
  if (run.shape().points()) throw usage("a visual Turing test is of images, and this run makes points");
  const auto& sampler = models::expect_sampler(run.model);
  const auto half = n / 2;
  if (real.values.size(0) < half)
    throw usage("{}: expected at least {} images, found {}", real.name, half, real.values.size(0));
  const auto order = permutation(real.values.size(0), stream(seed, "turing real"));
  const auto made =
      run.pixels(sampler.sample(n - half, {}, nn::generator(stream_key(seed, "turing samples"))));
  report::TuringTest test{.title = language("turing.title", run.model.name), .images = {}, .seed = seed};
  for (const auto place : permutation(n, stream(seed, "turing order"))) {
    const bool is_real = place < half;
    const auto i = is_real ? order[static_cast<std::size_t>(place)] : place - half;
    test.images.push_back({.image = picture((is_real ? real.values : made)[i]),
                           .real = is_real,
                           .name = is_real ? language("turing.image_name", i + 1, real.name)
                                           : language("turing.sample_name", i + 1)});
  }
  return test;
}

models::Examples real_images(const models::Run& run, const report::Texts& language) {
  auto [set, seen] = shown(run);
  if (!seen) set.name = language("turing.held_out", set.name);
  return set;
}

std::filesystem::path turing_file(const models::Run& run) {
  return run.folder.path() / "turing.html";
}

}  // namespace pushforward::runs
