// Points in the plane as a picture.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>

#include "pushforward/report/figure.h"

namespace pushforward::evaluation {

/// Points beside the data's (when these are given), and the modes of a data set that has some.
report::Figure scatter(const std::string& data_name, const std::optional<at::Tensor>& real,
                       const at::Tensor& samples, const std::string& samples_name = "samples");

}  // namespace pushforward::evaluation
