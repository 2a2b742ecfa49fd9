// A run as one HTML page.
#pragma once

#include "pushforward/models/run.h"

namespace pushforward::runs {

/// Curves, samples, the OOD study when there is one, configuration and machine, into RUN/report.html, and
/// a visual Turing test of its samples into RUN/turing.html; returns the former path.
std::filesystem::path write_report(const models::Run& run);

}  // namespace pushforward::runs
