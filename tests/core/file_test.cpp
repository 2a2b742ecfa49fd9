#include "pushforward/core/file.h"

#include "tests/expect.h"
#include "tests/scratch_folder.h"
#include <gtest/gtest.h>

#include "pushforward/core/error.h"

namespace pushforward {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test, protected ScratchFolder {
 protected:
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
  }
};

TEST_F(Files, AreWholeOrUntouched) {
  write_file(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("half of the n");
    EXPECT_EQ(read_file(folder / "a"), "old");
    EXPECT_EQ(entries(), 2U);
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(entries(), 1U);
  write_file(folder / "a", "new");
  EXPECT_EQ(read_file(folder / "a"), "new");
}

TEST_F(Files, SayWhatIsWrongWithThem) {
  const auto path = [&](const char* name) { return (folder / name).string(); };
  expect_says([&] { read_file(folder / "absent"); },
              fmt::format("cannot read {}: No such file", path("absent")));
  write_file(folder / "long", std::string(100'000, 'x'));
  expect_says([&] { read_file(folder / "long", 99'999); },
              fmt::format("cannot read {}: larger than 99999 bytes", path("long")));
  EXPECT_EQ(read_file(folder / "long", 100'000).size(), 100'000U);
  expect_says([&] { write_file(folder / "no" / "such" / "folder", ""); },
              fmt::format("cannot write {}: No such file", path("no/such/folder")));
  expect_says([&] { make_folder(folder / "long" / "below a file"); },
              fmt::format("cannot create folder {}", path("long/below a file")));
  expect_says([&] { make_folder(folder / "long"); },
              fmt::format("cannot create folder {}: a file of that name is in the way", path("long")));
}

TEST_F(Files, LeftoversOfKilledWritersGoAndNothingElse) {
  for (const char* name : {"a", "a.12.tmp", "a.x.tmp", "b.12.tmp", "a.12.tmp.keep"})
    write_file(folder / name, "");
  remove_leftovers(folder / "a");
  EXPECT_FALSE(fs::exists(folder / "a.12.tmp"));
  EXPECT_EQ(entries(), 4U);
}

TEST_F(Files, LinesAreAppended) {
  for (const char* line : {"one", "two"}) LineFile(folder / "log").write(line);
  EXPECT_EQ(read_file(folder / "log"), "one\ntwo\n");
}

}  // namespace
}  // namespace pushforward
