// The C library, held to the C++ one.
#include "tests/models/scratch.h"
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>
#include <thread>

#include "pushforward/c/pushforward.h"
#include "pushforward/core/file.h"
#include "pushforward/core/threads.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/runs/training.h"
#include "pushforward/version.h"

extern "C" int judge_from_c(const char* path, const std::uint8_t* images, std::size_t n, double* scores,
                            int* foreign, pf_error* error);

namespace pushforward {
namespace {

class C : public Scratch {
 protected:
  C() {
    write_images("more.npy", 200, 0);
    auto config = Config::parse(
        "[model]\ncouplings = 2\nhidden = 4\n[data]\nvalidation = 0.5\n[train]\nepochs = 1\n", "tiny");
    config.set("data.name", path("more.npy"));
    runs::train_run(config, folder / "run");
    detection::CalibratedDetector::of_run(models::Run::open(folder / "run"),
                                          {.detector = "likelihood", .false_positive_rate = 0.1, .data = {}})
        .save(folder / "d.pf");
    images = models::load_examples(path("more.npy")).values;
    n = static_cast<std::size_t>(images.size(0));
  }

  const std::uint8_t* pixels() const { return images.data_ptr<std::uint8_t>(); }
  int score(const pf_detector* detector, double* scores, pf_error* error) const {
    return pf_detector_score(detector, pixels(), n, 1, 2, 3, scores, nullptr, nullptr, error);
  }

  at::Tensor images;
  std::size_t n = 0;
};

struct Free {
  void operator()(pf_detector* detector) const { pf_detector_free(detector); }
};
using Detector = std::unique_ptr<pf_detector, Free>;

TEST_F(C, SaysWhatTheLibrarySays) {
  const auto expected = detection::CalibratedDetector::load(folder / "d.pf");
  const Detector detector(pf_detector_load(path("d.pf").c_str(), nullptr));
  ASSERT_NE(detector, nullptr);
  EXPECT_STREQ(pf_version(), version);
  EXPECT_STREQ(pf_detector_name(detector.get()), "likelihood");
  EXPECT_STREQ(pf_detector_precision(detector.get()), "float32");
  EXPECT_EQ(pf_detector_threshold(detector.get()), expected.calibration().threshold());
  EXPECT_EQ(pf_detector_false_positive_rate(detector.get()), 0.1);
  const auto shape = pf_detector_shape(detector.get());
  EXPECT_EQ((std::vector<int>{shape.channels, shape.height, shape.width}), (std::vector<int>{1, 2, 3}));

  std::vector<double> scores(n), p_values(n);
  std::vector<int> verdicts(n);
  ASSERT_EQ(pf_detector_score(detector.get(), pixels(), n, 1, 2, 3, scores.data(), p_values.data(),
                              verdicts.data(), nullptr),
            0);
  EXPECT_EQ(scores, expected.score(images));
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_EQ(p_values[i], expected.calibration().p_value(scores[i]));
    EXPECT_EQ(verdicts[i], expected.calibration().is_out(scores[i]) ? 1 : 0);
  }
  std::vector<int> only(n);
  EXPECT_EQ(pf_detector_score(detector.get(), pixels(), n, 1, 2, 3, nullptr, nullptr, only.data(), nullptr),
            0);
  EXPECT_EQ(only, verdicts);
  EXPECT_EQ(pf_detector_score(detector.get(), nullptr, 0, 1, 2, 3, nullptr, nullptr, nullptr, nullptr), 0);

  std::vector<double> again(n);
  pf_error error{};
  ASSERT_EQ(judge_from_c(path("d.pf").c_str(), pixels(), n, again.data(), only.data(), &error), 0)
      << error.message;
  EXPECT_EQ(again, scores);
}

TEST_F(C, ThreadsMayShareADetector) {
  const Detector detector(pf_detector_load(path("d.pf").c_str(), nullptr));
  ASSERT_NE(detector, nullptr);
  pf_set_threads(1);
  std::vector<double> expected(n);
  ASSERT_EQ(score(detector.get(), expected.data(), nullptr), 0);
  std::vector<std::vector<double>> found(6, std::vector<double>(n));
  std::vector<std::thread> threads;
  for (auto& scores : found)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) score(detector.get(), scores.data(), nullptr);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& scores : found) EXPECT_EQ(scores, expected);
}

TEST_F(C, ComputesWithAsManyThreadsAsItPromises) {
  const Detector detector(pf_detector_load(path("d.pf").c_str(), nullptr));
  ASSERT_NE(detector, nullptr);
  const auto many = images.repeat({8, 1, 1, 1}).contiguous();  // more than a thread scores at once
  const auto running = [] {
    std::set<std::string> tasks;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      tasks.insert(task.path().filename());
    return tasks;
  };
  // OpenMP's threads stay with the one that started them, which is new here: what appears is what was used.
  // Those of a thread that has ended may still be leaving, so threads are compared and not counted.
  const auto used = [&](int own) {
    std::ptrdiff_t threads = 0;
    std::thread([&] {
      omp_set_num_threads(own);
      const auto before = running();
      std::vector<double> scores(static_cast<std::size_t>(many.size(0)));
      EXPECT_EQ(pf_detector_score(detector.get(), many.data_ptr<std::uint8_t>(), scores.size(), 1, 2, 3,
                                  scores.data(), nullptr, nullptr, nullptr),
                0);
      threads =
          1 + std::ranges::count_if(running(), [&](const auto& task) { return !before.contains(task); });
      EXPECT_EQ(omp_get_max_threads(), own) << "the caller's own number is changed";
    }).join();
    return threads;
  };
  pf_set_threads(0);
  EXPECT_EQ(used(1), available_threads());
  pf_set_threads(3);
  EXPECT_EQ(used(2), 3);
  pf_set_threads(1);
  EXPECT_EQ(used(2), 1);
  pf_set_threads(0);
}

TEST_F(C, ExplainsWhatIsWrong) {
  pf_error error{};
  const auto expect_error = [&](const std::string& words) {
    EXPECT_NE(std::string(error.message).find(words), std::string::npos) << error.message;
    EXPECT_EQ(std::strchr(error.message, '\n'), nullptr);
    error = {};
  };
  EXPECT_EQ(pf_detector_load(nullptr, &error), nullptr);
  expect_error("expected the path of a detector, got NULL");
  EXPECT_EQ(pf_detector_load(path("missing.pf").c_str(), &error), nullptr);
  expect_error("missing.pf");
  EXPECT_EQ(pf_detector_load(path("missing.pf").c_str(), nullptr), nullptr);
  const auto bytes = read_file(folder / "d.pf");
  write_file(folder / "cut.pf", bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(pf_detector_load(path("cut.pf").c_str(), &error), nullptr);
  expect_error("cut.pf");
  const std::string long_name(2000, 'x');
  EXPECT_EQ(pf_detector_load(long_name.c_str(), &error), nullptr);
  EXPECT_LT(std::strlen(error.message), sizeof error.message);
  error = {};

  const Detector detector(pf_detector_load(path("d.pf").c_str(), &error));
  ASSERT_NE(detector, nullptr);
  EXPECT_STREQ(error.message, "") << "untouched by success";
  std::vector<double> scores(n, 7.0);
  const auto judge = [&](int channels, int height, int width) {
    return pf_detector_score(detector.get(), pixels(), 2, channels, height, width, scores.data(), nullptr,
                             nullptr, &error);
  };
  EXPECT_EQ(judge(1, 3, 2), 1);
  expect_error("expected images of 1×2×3, found 1×3×2");
  EXPECT_EQ(judge(3, 2, 3), 1);
  expect_error("found 3×2×3");
  EXPECT_EQ(judge(1, 0, 3), 1);
  expect_error("1×0×3");
  EXPECT_EQ(judge(-1, 2, 3), 1);
  expect_error("-1×2×3");
  EXPECT_EQ(pf_detector_score(detector.get(), nullptr, 2, 1, 2, 3, scores.data(), nullptr, nullptr, &error),
            1);
  expect_error("expected images, got NULL");
  EXPECT_EQ(score(nullptr, scores.data(), &error), 1);
  expect_error("expected a detector, got NULL");
  EXPECT_EQ(scores, std::vector<double>(n, 7.0)) << "untouched by failure";
  pf_detector_free(nullptr);
}

}  // namespace
}  // namespace pushforward
