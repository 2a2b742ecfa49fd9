// Every kind of detector through the C library, from many threads at once.
#include "tests/models/images.h"

#include <atomic>
#include <map>
#include <thread>

#include "pushforward/c/pushforward.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/runs/training.h"

namespace pushforward {
namespace {

struct Free {
  void operator()(pf_detector* detector) const { pf_detector_free(detector); }
};
using Detector = std::unique_ptr<pf_detector, Free>;

class Kinds : public ImageFolder {
 protected:
  Kinds() {
    write_idx("many/train-images-idx3-ubyte", patches(160));
    write_idx("many/train-labels-idx1-ubyte", at::arange(160).remainder(3));
    const auto flow = train("flow", "couplings = 2\nhidden = 8\ndequantize = true"),
               classifier = train("classifier", "kind = \"classifier\"\nfilters = 2"),
               autoencoder = train("autoencoder", "kind = \"autoencoder\"\nlatent = 4\nhidden = 16");
    train("nce", "kind = \"flow-nce\"\ncouplings = 2\nhidden = 8\nfilters = 2\ndequantize = true");
    const detection::Companions all{
        .background = flow, .ensemble = {flow}, .classifier = classifier, .autoencoder = autoencoder};
    for (const auto& kind : ood::kinds()) {
      if (std::string(kind.name) == "typicality-10") continue;  // judges ten images together
      const auto detector = detection::CalibratedDetector::of_run(
          models::Run::open(folder / "nce"), {.detector = kind.name, .false_positive_rate = 0.1}, all);
      detector.save(file(kind.name));
      names.emplace_back(kind.name);
    }
  }

  /// uint8 [n, 16, 16]: noise, each image with a bright square of its own.
  static at::Tensor patches(std::int64_t n) {
    auto images = noise(n, 1, 16, 5).squeeze(1).floor_divide(3);
    for (std::int64_t i = 0; i < n; ++i)
      images[i].slice(0, i % 9, i % 9 + 5).slice(1, i % 7, i % 7 + 6).add_(120);
    return images;
  }
  std::filesystem::path train(const std::string& name, const std::string& model) const {
    const auto text =
        fmt::format("[model]\n{}\n[data]\nname = \"{}\"\nvalidation = 0.5\n[train]\nepochs = 2\nbatch = 16\n",
                    model, path("many"));
    runs::train_run(Config::parse(text, name), folder / name);
    return folder / name;
  }
  std::string file(const std::string& kind) const { return path(kind + ".pf"); }

  /// Empty where it failed.
  std::vector<double> scores(const pf_detector* detector) const {
    std::vector<double> found(static_cast<std::size_t>(images.size(0)));
    const auto* pixels = images.data_ptr<std::uint8_t>();
    const int failed =
        pf_detector_score(detector, pixels, found.size(), 1, 16, 16, found.data(), nullptr, nullptr, nullptr);
    return failed == 0 ? found : std::vector<double>();
  }

  std::vector<std::string> names;
  at::Tensor images = noise(40, 1, 16, 6);
};

TEST_F(Kinds, AreScoredLoadedAndFreedByManyThreadsAtOnce) {
  EXPECT_EQ(names.size(), ood::kinds().size() - 1);
  pf_set_threads(1);
  std::map<std::string, std::vector<double>> expected;
  std::map<std::string, Detector> shared;
  for (const auto& name : names) {
    pf_error error{};
    shared[name] = Detector(pf_detector_load(file(name).c_str(), &error));
    ASSERT_NE(shared[name], nullptr) << name << ": " << error.message;
    expected[name] = scores(shared[name].get());
    EXPECT_EQ(expected[name].size(), 40u) << name;
  }
  constexpr std::size_t threads = 8;
  std::atomic<int> different = 0;
  std::vector<std::thread> all;
  for (std::size_t t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& name = names[(i + t * names.size() / threads) % names.size()];
        if (scores(shared.at(name).get()) != expected.at(name)) ++different;
        const Detector own(pf_detector_load(file(name).c_str(), nullptr));
        if (own == nullptr || scores(own.get()) != expected.at(name)) ++different;
      }
    });
  for (auto& thread : all) thread.join();
  EXPECT_EQ(different, 0);
  pf_set_threads(0);
}

}  // namespace
}  // namespace pushforward
