// Points in the plane as a picture.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "pushforward/models/examples.h"
#include "pushforward/report/plot.h"

namespace pushforward::evaluation {

/// log p of points [N, 2], nats.
using LogDensity = std::function<std::vector<double>(const at::Tensor& points)>;

/// Points [N, 2] as a panel of a plot.
report::ScatterPanel panel(const std::string& name, const at::Tensor& points);

/// Points beside those of `data`, the modes of a data set that has some, and a density where one is given.
report::Figure scatter(const models::Examples& data, const at::Tensor& samples,
                       const std::string& samples_name = "samples", const LogDensity& density = {});

}  // namespace pushforward::evaluation
