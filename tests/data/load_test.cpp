#include "pushforward/data/load.h"

#include "tests/data/support.h"

#include "pushforward/data/npy.h"
#include "pushforward/data/registry.h"

namespace pushforward::data {
namespace {

/// Search path: first/, second/, cache/pushforward/, then the system's.
class Load : public ::testing::Test {
 protected:
  Scratch scratch;
  Environment data{"PUSHFORWARD_DATA", (scratch / "first").string() + "::" + (scratch / "second").string()};
  Environment cache{"XDG_CACHE_HOME", (scratch / "cache").string()};

  void put(const std::string& name, std::uint32_t count) {
    const std::string bytes = idx_images(count, 2, 3);
    scratch.write(name, name.ends_with(".gz") ? gzip(bytes) : bytes);
  }
};

TEST_F(Load, FindsSplitsAlongTheSearchPath) {
  put("second/toy/t10k-images-idx3-ubyte.gz", 2);
  put("cache/pushforward/toy/train-images-idx3-ubyte", 3);
  put("cache/pushforward/toy/t10k-images-idx3-ubyte", 4);
  EXPECT_EQ(load_images("toy:train").count, 3);
  EXPECT_EQ(load_images("toy:test").count, 2) << "the first folder of the path wins";
  EXPECT_EQ(load_images("toy:test").source, scratch / "second/toy/t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(load_images("toy").name, "toy:train");
  put("first/only-test/t10k-images-idx3-ubyte.gz", 5);
  EXPECT_EQ(load_images("only-test").name, "only-test:test");
}

TEST_F(Load, BringsLabels) {
  put("first/toy/t10k-images-idx3-ubyte.gz", 2);
  scratch.write("first/toy/t10k-labels-idx1-ubyte", idx_labels("ab"));
  EXPECT_EQ(load_images("toy:test").labels, (std::vector<std::uint8_t>{'a', 'b'}));
  scratch.write("first/toy/t10k-labels-idx1-ubyte", idx_labels("abc"));
  expect_contains(message([] { load_images("toy:test"); }), {"expected 2 labels", "found 3"});
}

TEST_F(Load, AppliesPerturbationsLeftToRight) {
  put("first/toy/t10k-images-idx3-ubyte.gz", 2);
  const Images images = load_images("toy:test+rotate+invert");
  EXPECT_EQ(images.name, "toy:test+rotate+invert");
  EXPECT_EQ(images.shape(), "2 images of 1×3×2");
  EXPECT_EQ(images.pixels[0], 255 - 14);
}

TEST_F(Load, ReadsFilesAndFolders) {
  put("a+b/t10k-images-idx3-ubyte.gz", 2);
  put("plain.idx", 3);
  const std::string folder = (scratch / "a+b").string();
  EXPECT_EQ(load_images(folder).count, 2);
  EXPECT_EQ(load_images(folder + ":test+flip").name, folder + ":test+flip");
  EXPECT_EQ(load_images(folder + "/t10k-images-idx3-ubyte.gz+invert").pixels[0], 255);
  EXPECT_EQ(load_images((scratch / "plain.idx").string()).count, 3);
  write_npy(scratch / "x.npy", NpyArray::of<std::uint8_t>({1, 1, 2}, std::vector<std::uint8_t>{3, 4}));
  EXPECT_EQ(load_images((scratch / "x.npy").string() + "+invert").pixels,
            (std::vector<std::uint8_t>{252, 251}));
}

TEST_F(Load, SaysWhatToDo) {
  expect_contains(message([] { load_images("mnits:test"); }),
                  {"mnits: no data set", "did you mean mnist?", "list"});
  expect_contains(message([] { load_images("kmnist:test"); }),
                  {"kmnist is not here", "/first/kmnist", "pushforward datasets fetch kmnist"});
  expect_contains(message([] { load("kmnist"); }), {"pushforward datasets fetch kmnist"});
  expect_contains(message([] { load_images("fashion-mnist:tset"); }), {"unknown split tset", "train, test"});
  expect_contains(message([] { load_images("fashion-mnist+inverted"); }),
                  {"unknown perturbation inverted", "did you mean invert?"});
  put("first/mnist/t10k-images-idx3-ubyte.gz", 2);
  expect_contains(message([] { load_images("mnist:train"); }), {"mnist:train is not here", "fetch mnist"});
  scratch.write("notes", "hello");
  expect_contains(message([&] { load_images((scratch / "notes").string()); }),
                  {"expected a .npy, .npz, IDX, PNG, JPEG or WebP"});
  scratch.write("empty", "");
  expect_contains(message([&] { load_images((scratch / "empty").string()); }), {"found an empty file"});
  expect_contains(message([] { load_images(""); }), {"no data set"});
  expect_contains(message([&] { load_images((scratch / "notes").string() + ":test"); }),
                  {"a file has no splits"});
}

TEST_F(Load, ReportsUnknownNamesAsWrongUsage) {
  for (const char* text : {"mnits", "kmnist+blur"}) EXPECT_THROW(load_images(text), UsageError) << text;
  expect_contains(message([] { load_images("mnits"); }), {"mnits", "did you mean mnist?"});
  expect_contains(message([] { load_images("kmnist+blur"); }), {"unknown perturbation blur"});
}

TEST_F(Load, ReadsWhatOthersNameTheirFiles) {
  scratch.write("kaggle/train-images.idx3-ubyte", idx_images(3, 2, 3));
  scratch.write("kaggle/train-labels.idx1-ubyte", idx_labels("abc"));
  scratch.write("kaggle/t10k-images.idx3-ubyte", idx_images(2, 2, 3));
  const auto folder = (scratch / "kaggle").string();
  EXPECT_EQ(load_images(folder).labels.size(), 3u);
  EXPECT_EQ(load_images(folder + ":test").count, 2);
  EXPECT_EQ(load_images(folder + "/train-images.idx3-ubyte").labels.size(), 3u);
}

TEST_F(Load, ListsWhatIsHereAndWhatIsNot) {
  put("first/zoo/train-images-idx3-ubyte.gz", 2);
  put("second/mnist/t10k-images-idx3-ubyte", 2);
  std::filesystem::create_directories(scratch / "second/not-a-set");
  const auto rows = list_datasets();
  const auto find = [&](const std::string& name) -> const Status* {
    for (const auto& row : rows)
      if (row.name == name) return &row;
    return nullptr;
  };
  ASSERT_NE(find("zoo"), nullptr);
  EXPECT_TRUE(find("zoo")->train && !find("zoo")->test && !find("zoo")->fetchable);
  ASSERT_NE(find("mnist"), nullptr);
  EXPECT_EQ(find("mnist")->test, scratch / "second/mnist/t10k-images-idx3-ubyte");
  EXPECT_TRUE(find("mnist")->fetchable && !find("mnist")->train);
  EXPECT_EQ(find("mnist")->bytes, 11'594'722);
  EXPECT_EQ(find("not-a-set"), nullptr);
}

TEST(LoadFashionMnist, ReadsTheWholeSet) {
  const Dataset data = load("fashion-mnist");
  ASSERT_TRUE(data.train && data.test);
  EXPECT_EQ(data.train->shape(), "60000 images of 1×28×28");
  EXPECT_EQ(data.test->shape(), "10000 images of 1×28×28");
  std::vector<int> per_label(10);
  for (const auto label : data.train->labels) ++per_label.at(label);
  EXPECT_EQ(per_label, std::vector<int>(10, 6000));
}

TEST(LoadProvidedSets, ReadsEveryTestSplit) {
  for (const std::string name : {"mnist", "kannada-mnist", "omniglot", "notmnist", "kmnist-sample"}) {
    if (!locate(name, "test")) GTEST_SKIP() << name << ":test is not along $PUSHFORWARD_DATA";
    const Images images = load_images(name + ":test");
    EXPECT_EQ(images.dims(), 784) << name;
    EXPECT_GE(images.count, 100) << name;
  }
}

}  // namespace
}  // namespace pushforward::data
