#include "pushforward/core/file.h"

#include "tests/expect.h"
#include "tests/scratch_folder.h"
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <future>

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

TEST_F(Files, AreWhereTheirLinksLead) {
  make_folder(folder / "far");
  write_file(folder / "far/target", "old");
  fs::create_symlink("far/target", folder / "near");
  fs::create_symlink("near", folder / "nearer");
  write_file(folder / "nearer", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "nearer") && fs::is_symlink(folder / "near"));
  EXPECT_EQ(read_file(folder / "far/target"), "new");
  fs::create_symlink(folder / "far/absent", folder / "dangling");
  write_file(folder / "dangling", "made");
  EXPECT_EQ(read_file(folder / "far/absent"), "made");
  fs::create_symlink("round", folder / "round");
  expect_says([&] { write_file(folder / "round", ""); }, "links lead in a circle");
}

TEST_F(Files, KeepTheirMode) {
  const auto mode = [&](const char* name) { return fs::status(folder / name).permissions(); };
  for (const auto wanted : {0600, 0444, 0755}) {
    write_file(folder / "a", "old");
    ::chmod((folder / "a").c_str(), static_cast<mode_t>(wanted));
    write_file(folder / "a", "new");
    EXPECT_EQ(mode("a"), static_cast<fs::perms>(wanted));
    EXPECT_EQ(read_file(folder / "a"), "new");
  }
}

TEST_F(Files, ThatAreNoneAreWrittenToAndNotReplaced) {
  write_file("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  expect_says([&] { write_file("/dev/full", "much"); }, "cannot write /dev/full: No space left");
  expect_says([&] { write_file(folder, ""); }, "expected a file, found a folder");

  const auto fifo = folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  auto reader = std::async(std::launch::async, [&] { return read_file(fifo); });
  write_file(fifo, "for the reader");
  EXPECT_EQ(reader.get(), "for the reader");
  EXPECT_TRUE(fs::is_fifo(fifo));
}

TEST_F(Files, WithoutANameAreInTmpdir) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", folder.c_str(), 1);
  std::fclose(temporary_file());
  ::setenv("TMPDIR", (folder / "absent").c_str(), 1);
  expect_says([] { std::fclose(temporary_file()); },
              fmt::format("cannot make a temporary file in {}: No such file", (folder / "absent").string()));
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, LinesAreAppended) {
  for (const char* line : {"one", "two"}) LineFile(folder / "log").write(line);
  EXPECT_EQ(read_file(folder / "log"), "one\ntwo\n");
}

}  // namespace
}  // namespace pushforward
