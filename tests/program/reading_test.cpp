// Folders of pictures as people have them, from files to what verbs say.
#include "tests/program/support.h"

namespace pushforward {
namespace {

const fs::path pictures = fs::path(PUSHFORWARD_SOURCE_DIR) / "tests/goldens/pictures";

void put(const std::string& picture, const std::string& name) {
  fs::create_directories((scratch() / name).parent_path());
  fs::copy_file(pictures / (picture + ".bin"), scratch() / name, fs::copy_options::overwrite_existing);
}

/// Colour pictures of two sizes in two classes, and what is none.
const std::string& photos() {
  static const std::string folder = [] {
    for (const auto* name : {"cat/1", "cat/2.jpg", "cat/3.gif"})
      put("webp-lossy", std::string("photos/") + name);
    for (const auto* name : {"dog/1.png", "dog/2.png"}) put("png-palette", std::string("photos/") + name);
    put("png-16-bits", "photos/dog/3.png");
    write_file(scratch() / "photos/Thumbs.db", "no picture");
    return std::string("photos");
  }();
  return folder;
}

TEST(Reading, LeavesOutWhatIsNoPictureAndSaysSo) {
  const auto result = pushforward({"datasets", "show", photos(), "--resize", "8", "--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("photos: left out 1 file that is no image: Thumbs.db"), std::string::npos)
      << result.err;
  const auto json = Json::parse(result.out);
  EXPECT_EQ(json.at("count"), 6);
  EXPECT_EQ(json.at("channels"), 3);
  EXPECT_EQ(json.at("height"), 8);
  EXPECT_EQ(json.at("labels"), Json({3, 3}));
  EXPECT_EQ(json.at("classes"), Json({"cat", "dog"}));
  EXPECT_EQ(json.at("left_out").at(0).at("name"), "Thumbs.db");
  const auto strict = pushforward({"datasets", "show", photos(), "--resize", "8", "--strict"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_NE(strict.err.find("Thumbs.db: expected a PNG, JPEG or WebP file"), std::string::npos) << strict.err;
}

TEST(Reading, SizesBecomeOneWhereAVerbResizes) {
  const auto refused = pushforward({"datasets", "show", photos()});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("expected images of one shape"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--resize"), std::string::npos) << refused.err;
  const Arguments fid{"fid", photos(), photos(), "--features", "pixels", "--resize", "4"};
  EXPECT_NEAR(json_of(fid).at("values").at("fid").at("value").get<double>(), 0, 1e-6);
  auto clean = fid;
  clean.insert(clean.end(), {"--resize-mode", "clean"});
  EXPECT_EQ(json_of(clean).at("extractor"), "pixels after 4×4 by clean");
  clean.back() = "legacy_tensorflow";
  EXPECT_EQ(json_of(clean).at("extractor"), "pixels after 4×4 by legacy_tensorflow");
}

TEST(Reading, TrainsOnClassesOfPicturesOfAnySize) {
  succeed({"train", "tiny.toml", "--data", photos(), "--out", "photographer", "--epochs", "1", "--set",
           "data.resize=4", "--set", "data.resize_mode=center-crop", "--set", "data.validation=0.5", "-q"});
  const auto scores = json_of({"score", "photographer", "--data", photos()});
  EXPECT_EQ(scores.at("images"), 6);
}

TEST(Reading, SamplesOfOtherProgramsAreArraysInAZip) {
  const auto samples = (pictures.parent_path() / "npz/samples.npz").string();
  const auto json = json_of({"datasets", "show", samples});
  EXPECT_EQ(json.at("count"), 4);
  EXPECT_EQ(json.at("channels"), 3);
  EXPECT_EQ(json.at("labels").at(255), 1);
  const auto fid = json_of({"fid", samples, samples + ":arr_0+flip", "--features", "pixels"});
  EXPECT_GT(fid.at("values").at("fid").at("value").get<double>(), 0);
  EXPECT_EQ(fid.at("fake").at("n"), 4);
  const auto misspelt = pushforward({"datasets", "show", samples + ":arr0"});
  EXPECT_EQ(misspelt.status, 2);
  EXPECT_NE(misspelt.err.find("holds no array arr0, expected one of arr_0, arr_1"), std::string::npos);
  write_file(scratch() / "zip.npz", "PK\3\4 and no more");
  const auto damaged = pushforward({"datasets", "show", "zip.npz"});
  EXPECT_EQ(damaged.status, 1);
  EXPECT_NE(damaged.err.find("zip.npz: expected a whole zip of .npy arrays"), std::string::npos)
      << damaged.err;
}

TEST(Reading, TransparencyNeedsABackground) {
  put("png-over", "glass/a.png");
  const auto refused = pushforward({"datasets", "show", "glass/a.png"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("transparent pixels; state what is behind them with --background"),
            std::string::npos);
  EXPECT_EQ(json_of({"datasets", "show", "glass/a.png", "--background", "white"}).at("channels"), 3);
  const auto misspelt = pushforward({"datasets", "show", "glass/a.png", "--background", "wihte"});
  EXPECT_EQ(misspelt.status, 2);
  EXPECT_NE(misspelt.err.find("white, black, gray or #rrggbb"), std::string::npos) << misspelt.err;
}

}  // namespace
}  // namespace pushforward
