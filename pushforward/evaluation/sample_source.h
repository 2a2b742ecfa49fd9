// One side of a comparison: a data set, a file, or a run to draw from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "pushforward/models/examples.h"

namespace pushforward::evaluation {

/// How many samples a run is asked for when nobody says.
inline constexpr std::int64_t usual_samples = 10'000;

/// Whether `spec` is a run folder.
bool is_run(const std::string& spec);

/// Whether it is a .npy [N] or [N, D], numbers that are features themselves.
bool is_table(const data::Spec& spec);

/// What `spec` stands for:
///   RUN    n samples (0: `usual_samples`), those of `pushforward sample RUN -n n --seed seed`: images uint8
///          [n, C, H, W], clipped to [0, 1], or points float32 [n, D]; of the checkpoint last or best
///   DATA   as `load_examples`, read as `reading` says; of more than n (0: all) a random n, in their order
///   .npy   of one dimension: numbers, as points float32 [N, 1]
/// Throws as `Run::open` and `load_examples`, and Error for a set of fewer than 2.
models::Examples load_side(const std::string& spec, std::int64_t n, std::uint64_t seed,
                           const std::string& checkpoint = "last", const data::Reading& reading = {});

/// Both sides, B under seed + 1 so that neither latents nor choices are shared. Throws also UsageError when
/// one holds images and the other points, or their shapes differ.
std::pair<models::Examples, models::Examples> load_sides(const std::string& a, const std::string& b,
                                                         std::int64_t n, std::uint64_t seed,
                                                         const data::Reading& reading = {});

}  // namespace pushforward::evaluation
