// A run's samples among real images.
#pragma once

#include "pushforward/models/run.h"
#include "pushforward/report/turing.h"

namespace pushforward::runs {

/// n images, half of them real, of `real`, and the others samples of the run, in an order drawn from the
/// seed, as all of it is. Throws UsageError for a run without a sampler, one of points, and fewer real images
/// than that.
report::TuringTest turing_test(const models::Run& run, const models::Examples& real, std::int64_t n,
                               std::uint64_t seed, const report::Texts& language);

/// What `shown` gives, under a name that says where its numbers count from.
models::Examples real_images(const models::Run& run, const report::Texts& language);

/// RUN/turing.html.
std::filesystem::path turing_file(const models::Run& run);

}  // namespace pushforward::runs
