// A run as one HTML page.
#pragma once

#include "pushforward/models/run.h"

namespace pushforward::runs {

/// Curves, samples, the OOD study when there is one, configuration and machine, into RUN/report.html; returns
/// that path.
std::filesystem::path write_report(const models::Run& run);

}  // namespace pushforward::runs
