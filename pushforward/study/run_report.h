// A run as one HTML page.
#pragma once

#include "pushforward/study/run.h"

namespace pushforward::study {

/// Curves, samples, the OOD study when there is one, configuration and machine, into RUN/report.html; returns
/// that path.
std::filesystem::path write_report(const Run& run);

}  // namespace pushforward::study
