// Points in the plane as a picture.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "pushforward/models/examples.h"
#include "pushforward/report/figure.h"

namespace pushforward::evaluation {

/// Points beside those of `data`, and the modes of a data set that has some.
report::Figure scatter(const models::Examples& data, const at::Tensor& samples,
                       const std::string& samples_name = "samples");

}  // namespace pushforward::evaluation
