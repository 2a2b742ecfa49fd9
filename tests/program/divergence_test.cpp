// The verb divergence, from data, files and runs to numbers that are known.
#include "tests/program/support.h"

#include <cmath>
#include <map>

namespace pushforward {
namespace {

std::map<std::string, Json> by_name(const Json& document) {
  std::map<std::string, Json> rows;
  for (const auto& row : document.at("divergences")) rows[row.at("name")] = row;
  return rows;
}

std::map<std::string, Json> divergences(Arguments arguments) {
  arguments.insert(arguments.begin(), "divergence");
  return by_name(json_of(arguments));
}

void refuses(Arguments arguments, const std::vector<std::string>& parts) {
  arguments.insert(arguments.begin(), "divergence");
  const auto result = pushforward(arguments);
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_EQ(result.out, "");
  for (const auto& part : parts) EXPECT_NE(result.err.find(part), std::string::npos) << result.err << part;
}

/// (x, z) for 40 values of z in [0, 1).
void write_line(const std::string& name, float x) {
  std::vector<float> values;
  for (int i = 0; i < 40; ++i) {
    values.push_back(x);
    values.push_back(static_cast<float>(i) / 40);
  }
  write_file(scratch() / name, npy("(40, 2)", values));
}

TEST(Divergence, TellsParallelLinesApart) {
  write_line("left.npy", 0);
  write_line("right.npy", 0.75F);
  auto found = divergences({"left.npy", "right.npy", "--out", "lines.png"});
  EXPECT_NEAR(found.at("W₁, exact").at("value"), 0.75, 1e-6);
  EXPECT_NEAR(found.at("W₂, exact").at("value"), 0.75, 1e-6);
  EXPECT_NEAR(found.at("JS, histogram").at("value"), std::log(2.0), 1e-12);
  EXPECT_NEAR(found.at("total variation, histogram").at("value"), 1, 1e-12);
  for (const auto* way : {"KL(A‖B), histogram", "KL(B‖A), histogram"}) {
    EXPECT_TRUE(found.at(way).at("value").is_null());
    EXPECT_EQ(found.at(way).at("infinite"), true);
    EXPECT_TRUE(found.at(way).at("low95").is_null());
  }
  EXPECT_EQ(found.at("JS, histogram").at("infinite"), false);
  EXPECT_TRUE(read_file(scratch() / "lines.png").starts_with("\x89PNG"));

  const auto text = succeed({"divergence", "left.npy", "right.npy", "--kind", "kl,wasserstein"});
  for (const auto* part : {"∞", "100 % of A lies in cells without any of B", "0.75", "W₁, exact"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_EQ(text.find("MMD"), std::string::npos) << text;
}

TEST(Divergence, TakesNumbers) {
  write_file(scratch() / "a.npy", npy("(3,)", {3, 0, 1}));
  write_file(scratch() / "b.npy", npy("(3, 1)", {5, 6, 8}));
  const auto found = divergences({"a.npy", "b.npy", "--kind", "wasserstein,sliced", "--out", "numbers.svg"});
  EXPECT_EQ(found.size(), 4u);
  for (const auto& [name, row] : found) EXPECT_DOUBLE_EQ(row.at("value"), 5) << name;
  EXPECT_TRUE(fs::exists(scratch() / "numbers.svg"));
}

TEST(Divergence, OfARunIsDrawnBySeed) {
  const auto with = [](const std::string& seed) {
    return divergences(
        {"clothes:test", "run", "--kind", "sliced,mmd,energy,gaussian", "-n", "50", "--seed", seed});
  };
  const auto found = with("4");
  EXPECT_EQ(found, with("4"));
  EXPECT_NE(found.at("energy, unbiased").at("value"), with("5").at("energy, unbiased").at("value"));
  EXPECT_EQ(found.at("energy, unbiased").at("n_a"), 50) << "of 60";
  EXPECT_EQ(found.at("energy, unbiased").at("n_b"), 50);
}

TEST(Divergence, OfImagesIsThatOfTheirPixels) {
  const auto same = divergences({"clothes:test", "clothes:test"}),
             other = divergences({"clothes:test", "digits:test"});
  EXPECT_EQ(same.at("W₂, exact").at("value"), 0);
  EXPECT_EQ(same.at("SW₁, sliced").at("value"), 0);
  EXPECT_FALSE(same.contains("JS, histogram")) << "16 dimensions";
  EXPECT_GT(other.at("W₂, exact").at("value").get<double>(), 0.1);
  EXPECT_LT(other.at("W₂, exact").at("value").get<double>(), 4) << "pixels are in [0, 1]";
  EXPECT_GT(other.at("energy, unbiased").at("low95").get<double>(), 0);
}

TEST(Divergence, OfGeneratedSetsIsSmallBetweenSplits) {
  const auto found = divergences({"two-moons", "two-moons:test", "-n", "1500", "--most", "300"});
  EXPECT_LT(found.at("W₁, exact").at("value").get<double>(), 0.5);
  EXPECT_EQ(found.at("W₁, exact").at("n_a"), 300);
  EXPECT_EQ(found.at("JS, histogram").at("n_b"), 1500);
  EXPECT_NEAR(found.at("KL(A‖B), neighbours").at("value"), 0, 0.15);
}

TEST(Divergence, RefusesInOneLine) {
  refuses({"clothes:test", "digits:test", "--kind", "js"},
          {"--kind js", "16 dimensions", "up to 3", "use kl-knn, sliced, mmd or energy"});
  refuses({"two-moons", "two-moons:test", "--kind", "wasserstien"}, {"--kind", "did you mean wasserstein?"});
  refuses({"two-moons", "two-moons:test", "--kind", "kl,wasserstien", "--out", "unwritten.png"}, {"--kind"});
  EXPECT_FALSE(fs::exists(scratch() / "unwritten.png"));
  refuses({"two-moons", "two-moons:test", "--epsilon", "0"},
          {"--epsilon: expected a number above 0, found 0"});
  write_file(scratch() / "few.npy", npy("(3, 2)", {0, 0, 1, 2, 3, 1}));
  refuses({"few.npy", "two-moons:test", "--kind", "kl-knn"}, {"--neighbours 5", "fewer than the samples"});
  refuses({"two-moons", "clothes"}, {"two-moons:train has points of 2 numbers", "both must be of one shape"});
  refuses({"two-moons", "swiss-role"}, {"did you mean swiss-roll?"});
  refuses({"clothes", "digits:test", "--out", "x.png"}, {"--out draws points"});
  refuses({"two-moons", "two-moons:test", "--out", "x.gif"},
          {"--out: expected a file ending in .png or .svg, found x.gif"});
  refuses({"two-moons", "two-moons:test", "--most", "1"}, {"--most"});
  refuses({"two-moons"}, {"B is required"});
}

}  // namespace
}  // namespace pushforward
