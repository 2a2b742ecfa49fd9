// What becomes of given images in a flow: rows of pictures [rows, columns, C, H, W] in [0, 1], a row for
// each. A conditional flow is given the images' labels, and on the way to another image or class the label of
// the nearer end. All throw UsageError for a model that has not what it takes, and Error as `encode`.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// A walk from each image of `from` to the one of `to` in its place: `steps` along the great circle between
/// their latents.
at::Tensor walk_between(const Model& model, const Examples& from, const Examples& to, std::int64_t steps);

/// The first n images of class `from` of a labelled set, moved on towards class `to`, in `steps` from 0 to
/// all of the difference between the classes' mean latents (Kingma and Dhariwal 2018, "Glow", section 6.2).
at::Tensor moved_to(const Model& model, const Examples& set, std::int64_t from, std::int64_t to,
                    std::int64_t n, std::int64_t steps);

/// The first image of every class moved so to every class, [K, K, …]: to its own class, as it is. The classes
/// are the first ten that have images.
at::Tensor moved_to_all(const Model& model, const Examples& set);

/// Each of the images, its upper half over gray, and n completions of that half, which
/// they keep: what lies below it is drawn from what the model expects there, at a temperature.
at::Tensor completions(const Model& model, const Examples& images, std::int64_t n, double temperature,
                       at::Generator generator);

}  // namespace pushforward::models
