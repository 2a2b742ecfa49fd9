#include "pushforward/data/spec.h"

#include "tests/data/support.h"

#include "pushforward/data/image_stream.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

/// A set "digits" with both splits and one "clothes" with a test split alone, on the search path.
class Specs : public ::testing::Test {
 protected:
  Specs() {
    for (const auto* file : {"digits/train-images-idx3-ubyte", "digits/t10k-images-idx3-ubyte",
                             "clothes/t10k-images-idx3-ubyte"})
      scratch.write(file, idx_images(1, 2, 3));
  }
  std::string path(const std::string& name) const { return (scratch / name).string(); }
  std::string npy(const std::string& name, const std::vector<std::int64_t>& shape) const {
    write_npy(scratch / name, NpyArray::of<float>(shape, std::vector<float>(4, 0.5F)));
    return path(name);
  }

  Scratch scratch;
  Environment data{"PUSHFORWARD_DATA", scratch.path().string()};
};

const std::string golden = std::string(PUSHFORWARD_TESTS_DIR) + "/goldens/npz/samples.npz";

TEST_F(Specs, AreABaseASplitAndPerturbations) {
  const Spec spec("digits:test+rotate+invert");
  EXPECT_EQ(spec.text(), "digits:test+rotate+invert");
  EXPECT_EQ(spec.base(), "digits");
  EXPECT_EQ(spec.split(), "test");
  EXPECT_EQ(spec.perturbations(), (std::vector<std::string>{"rotate", "invert"}));
  EXPECT_EQ(spec.with_split("train").text(), "digits:train+rotate+invert");
  EXPECT_EQ(spec.with_split("train").kind(), SpecKind::named);
  EXPECT_EQ(spec.without_perturbations().text(), "digits:test");
  EXPECT_EQ(Spec("digits+flip").with_split("test").text(), "digits:test+flip");
}

TEST_F(Specs, KnowWhatTheyStandFor) {
  scratch.write("pictures/a.png", "not read");
  scratch.write("archive/cifar-10-binary.tar.gz", "not read");
  scratch.write("plain.idx", idx_images(1, 2, 3));
  const std::vector<std::pair<std::string, SpecKind>> expected{
      {"25-gaussians:test", SpecKind::generated},
      {"digits", SpecKind::named},
      {"clothes", SpecKind::named},
      {"clothes:train", SpecKind::nothing},
      {path("digits"), SpecKind::set_folder},
      {path("digits/"), SpecKind::set_folder},
      {path("digits") + ":test+flip", SpecKind::set_folder},
      {path("clothes") + ":train", SpecKind::image_folder},
      {path("pictures"), SpecKind::image_folder},
      {path("archive"), SpecKind::set_folder},
      {path("archive/cifar-10-binary.tar.gz") + ":test", SpecKind::cifar_file},
      {npy("images.npy", {1, 1, 4}) + "+invert", SpecKind::npy_file},
      {scratch.write("images.npy.gz", gzip(read_file(npy("images.npy", {1, 1, 4})))).string(),
       SpecKind::npy_file},
      {golden, SpecKind::npz_file},
      {golden + ":arr_0+invert", SpecKind::npz_file},
      {golden + ":tset", SpecKind::npz_file},
      {path("plain.idx"), SpecKind::file},
      {"-", SpecKind::standard_input},
      {"nowhere", SpecKind::nothing},
      {"./digits", SpecKind::nothing},
      {"", SpecKind::nothing},
      {"digits:tset", SpecKind::nothing},
      {"digits+inverted", SpecKind::nothing},
  };
  for (const auto& [text, kind] : expected) EXPECT_EQ(Spec(text).kind(), kind) << text;
  EXPECT_EQ(Spec("25-gaussians:test").toy(), find_toy("25-gaussians"));
  EXPECT_EQ(Spec("digits").toy(), nullptr);
  EXPECT_EQ(Spec("digits").splits(), (std::vector<std::string>{"train", "test"}));
  EXPECT_EQ(Spec("digits:test").splits(), std::vector<std::string>{"test"});
  EXPECT_EQ(Spec("clothes").splits(), std::vector<std::string>{"test"});
  EXPECT_TRUE(Spec(path("pictures")).splits().empty());
}

TEST_F(Specs, TakeWhatExistsAsWritten) {
  const auto plus = npy("a+invert", {1, 4}), colon = npy("b:test", {1, 4});
  EXPECT_EQ(Spec(plus).base(), plus);
  EXPECT_TRUE(Spec(plus).perturbations().empty());
  EXPECT_EQ(Spec(plus + "+flip").base(), plus);
  EXPECT_EQ(Spec(plus + "+flip").perturbations(), std::vector<std::string>{"flip"});
  EXPECT_EQ(Spec(colon).base(), colon);
  EXPECT_EQ(Spec(colon).split(), "");
  EXPECT_EQ(Spec(colon + "+flip").base(), colon);
}

TEST_F(Specs, NamePointsOrImages) {
  EXPECT_TRUE(Spec(npy("points.npy", {2, 2})).points());
  EXPECT_FALSE(Spec(npy("images.npy", {1, 2, 2})).points());
  EXPECT_FALSE(Spec(npy("numbers.npy", {4})).points());
  EXPECT_TRUE(Spec("two-moons").points());
  EXPECT_FALSE(Spec("digits").points() || Spec("nowhere").points() || Spec("two-moons:tset").points());
}

TEST_F(Specs, KnowASetByAnyOfItsNames) {
  const auto train = Spec("digits").source(), test = Spec("digits:test").source();
  EXPECT_NE(test, train);
  const auto folder = path("digits");
  for (const auto& same : {std::string("digits:train"), std::string("digits+invert"), folder, folder + "/",
                           folder + ":train", folder + ":train+noise+flip", fs::relative(folder).string(),
                           path("./digits") + ":train", path("digits/train-images-idx3-ubyte")})
    EXPECT_EQ(Spec(same).source(), train) << same;
  EXPECT_EQ(Spec(folder + ":test+invert").source(), test);
  EXPECT_EQ(Spec(path("digits/t10k-images-idx3-ubyte")).source(), test);
  EXPECT_EQ(Spec("clothes").source(), Spec("clothes:test").source());

  scratch.write("colours/cifar-10-binary.tar.gz", "not read");
  const auto archive = path("colours/cifar-10-binary.tar.gz");
  EXPECT_EQ(Spec(archive).source(), Spec("colours:train").source());
  EXPECT_EQ(Spec(archive + ":test").source(), Spec("colours:test").source());
  EXPECT_NE(Spec("colours:test").source(), Spec("colours").source());

  const auto a = npy("a+b.npy", {1, 4}), b = npy("a+c.npy", {1, 4});
  EXPECT_NE(Spec(a).source(), Spec(b).source());
  EXPECT_EQ(Spec(a + "+rotate").source(), Spec(a).source());
  EXPECT_EQ(Spec(fs::relative(a).string()).source(), Spec(a).source());
  EXPECT_NE(Spec(path("a")).source(), Spec(a).source());
  EXPECT_EQ(Spec("25-gaussians").source(), Spec("25-gaussians:train").source());
  EXPECT_NE(Spec("25-gaussians:test").source(), Spec("25-gaussians").source());
  EXPECT_EQ(Spec(golden).source(), Spec(golden + ":arr_0+flip").source());
  EXPECT_EQ(Spec("nowhere").source(), "nowhere");
}

TEST_F(Specs, AreRefusedWhereTheyAreLoaded) {
  const std::pair<const char*, const char*> expected[] = {
      {"digits:tset", "unknown split tset"},
      {"digits+inverted", "unknown perturbation inverted"},
      {"clothes:train", "clothes:train is not here"},
      {"digit", "did you mean digits?"}};
  EXPECT_EQ(Spec(golden + ":arr_0").split(), "arr_0");
  expect_contains(message([&] { load_images(golden + ":arr_2"); }),
                  {"holds no array arr_2, expected one of arr_0, arr_1", "did you mean"});
  for (const auto& [text, words] : expected) {
    EXPECT_THROW(load_images(text), UsageError);
    expect_contains(message([&] { load_images(text); }), {words});
    expect_contains(message([&] { load_points(text); }), {words});
    expect_contains(message([&] { open_images(text); }), {words});
  }
}

}  // namespace
}  // namespace pushforward::data
