// What becomes of images in a run's flow, in its report.
#include "tests/expect.h"
#include "tests/models/scratch.h"
#include "tests/ops/tensors.h"

#include "pushforward/core/file.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"

namespace pushforward::runs {
namespace {

class Edits : public Scratch {
 protected:
  models::Run trained(const std::string& kind) const {
    auto config = Config::parse("[model]\nhidden = 8\n[train]\nepochs = 1\nbatch = 16\n", "tiny");
    config.set("model.kind", kind);
    config.set("data.name", path("in.npy"));
    train_run(config, folder / kind);
    return models::Run::open(folder / kind);
  }
};

TEST_F(Edits, AreInTheReportWhereTheModelHasThem) {
  for (const std::string kind : {"realnvp", "autoregressive"}) {
    const auto html = read_file(write_report(trained(kind)));
    expect_contains(html, {"What becomes of images", "Held-out images.", "Walks between pairs of images",
                           "Samples at several temperatures"});
    EXPECT_EQ(html.find("Completions") != std::string::npos, kind == "autoregressive") << kind;
    EXPECT_EQ(html.find("moved to every class"), std::string::npos) << "without labels";
  }
}

TEST_F(Edits, AReportIsWrittenWhereTheDataAreNot) {
  const auto run = trained("realnvp");
  fs::remove(folder / "in.npy");
  expect_contains(read_file(write_report(run)), {"What becomes of images", "Not shown: "});
}

TEST_F(Edits, ShowsWhatIsHeldOutInTheSeedsOrder) {
  const auto run = trained("realnvp");
  const auto [set, seen] = shown(run);
  EXPECT_FALSE(seen);
  EXPECT_EQ(set.values.size(0), 10);
  const auto a = shuffled(set, 1), b = shuffled(set, 2);
  EXPECT_TRUE(a.values.equal(shuffled(set, 1).values));
  EXPECT_FALSE(a.values.equal(b.values));
  EXPECT_EQ(a.values.sum().item<std::int64_t>(), b.values.sum().item<std::int64_t>());
}

TEST_F(Edits, TemperaturesAreOfTheSameLatents) {
  const auto run = trained("realnvp");
  const auto rows = at_temperatures(run, {0, 0.5, 1}, 4, nn::generator(3)).unflatten(0, {3, 4});
  EXPECT_TRUE(rows[0][0].equal(rows[0][3])) << "without temperature all are one";
  for (const auto& [row, temperature] : {std::pair{1, 0.5}, {2, 1.0}})
    EXPECT_LT(
        difference(rows[row], run.model.sampler->sample(4, {.temperature = temperature}, nn::generator(3))),
        1e-6);
}

}  // namespace
}  // namespace pushforward::runs
