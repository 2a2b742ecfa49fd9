#include "pushforward/c/pushforward.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/core/host.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/threads.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/version.h"

using pushforward::detection::CalibratedDetector;

struct pf_detector {
  CalibratedDetector detector;
};

namespace {

std::atomic<int> wanted_threads = 0;  // 0: as many as there are processors

int computing_threads() {
  const int wanted = wanted_threads;
  return wanted > 0 ? wanted : pushforward::available_threads();
}

/// The number of threads that the calling thread computes with, for a while. OpenMP keeps it for each thread,
/// and so does LibTorch, which sets it to its own default (the cores, not the processors) in a thread's first
/// computation.
class Threads {
 public:
  explicit Threads(int threads) : before_(omp_get_max_threads()) {
    // LibTorch's default comes first, if it has not come yet: in LibTorch, and in this library, which hides
    // its own copy of what LibTorch has in headers.
    at::get_num_threads();
    at::internal::lazy_init_num_threads();
    omp_set_num_threads(threads);
  }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

void explain(pf_error* error, const char* what) {
  if (error == nullptr) return;
  std::snprintf(error->message, sizeof error->message, "%s", what);
  std::replace(error->message, error->message + std::strlen(error->message), '\n', ' ');
}

/// Writes nothing and does not stop: signals and standard error are the caller's.
class Silence : public pushforward::Host {
 public:
  void say(const std::string&) override {}
  void show(const pushforward::Stage&) override {}
  void ended() override {}
  bool wants_stop() const override { return false; }
};

/// What `action` returns, or `failed` with the reason in `error`: nothing is thrown into C.
template <typename Action, typename Result>
Result guarded(pf_error* error, Result failed, const Action& action) {
  Silence silence;
  const pushforward::Hosted hosted(silence);
  try {
    return action();
  } catch (const std::exception& exception) {
    explain(error, exception.what());
  } catch (...) {
    explain(error, "unknown error");
  }
  return failed;
}

at::Tensor view(const std::uint8_t* images, std::size_t n, int channels, int height, int width) {
  const auto count = static_cast<std::int64_t>(n);
  PF_CHECK(images != nullptr || n == 0, "[pf_detector_score] expected images, got NULL");
  PF_CHECK(channels > 0 && height > 0 && width > 0,
           "[pf_detector_score] expected images of a size, got {}×{}×{}", channels, height, width);
  return at::from_blob(const_cast<std::uint8_t*>(images), {count, channels, height, width}, at::kByte);
}

}  // namespace

const char* pf_version(void) {
  return pushforward::version;
}

void pf_set_threads(int threads) {
  wanted_threads = std::max(0, threads);
}

void pf_keep_freed_memory(void) {
  pushforward::keep_freed_memory();
}

pf_detector* pf_detector_load(const char* path, pf_error* error) {
  return guarded(error, static_cast<pf_detector*>(nullptr), [&] {
    PF_CHECK(path != nullptr, "[pf_detector_load] expected the path of a detector, got NULL");
    auto detector = std::make_unique<pf_detector>(pf_detector{CalibratedDetector::load(path)});
    const Threads threads(computing_threads());
    detector->detector.warm_up();
    return detector.release();
  });
}

void pf_detector_free(pf_detector* detector) {
  delete detector;
}

pf_shape pf_detector_shape(const pf_detector* detector) {
  const auto& shape = detector->detector.shape();
  return {static_cast<int>(shape.channels), static_cast<int>(shape.height), static_cast<int>(shape.width)};
}

const char* pf_detector_name(const pf_detector* detector) {
  return detector->detector.name().c_str();
}

const char* pf_detector_precision(const pf_detector* detector) {
  return pushforward::ops::name_of(detector->detector.precision());
}

double pf_detector_threshold(const pf_detector* detector) {
  return detector->detector.calibration().threshold();
}

double pf_detector_false_positive_rate(const pf_detector* detector) {
  return detector->detector.calibration().false_positive_rate();
}

int pf_detector_score(const pf_detector* detector, const uint8_t* images, size_t n, int channels, int height,
                      int width, double* scores, double* p_values, int* verdicts, pf_error* error) {
  return guarded(error, 1, [&] {
    PF_CHECK(detector != nullptr, "[pf_detector_score] expected a detector, got NULL");
    const Threads threads(computing_threads());
    const auto found = detector->detector.score(view(images, n, channels, height, width));
    const auto& calibration = detector->detector.calibration();
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (scores != nullptr) scores[i] = found[i];
      if (p_values != nullptr) p_values[i] = calibration.p_value(found[i]);
      if (verdicts != nullptr) verdicts[i] = calibration.is_out(found[i]) ? 1 : 0;
    }
    return 0;
  });
}
