#include "pushforward/data/cifar.h"

#include "tests/data/support.h"
#include <archive.h>
#include <archive_entry.h>

#include <map>

#include "pushforward/data/load.h"

namespace pushforward::data {
namespace {

/// A record's label, then its pixels, which are `label` × 10 + channel.
std::string record(int label) {
  std::string bytes(1, static_cast<char>(label));
  for (int channel = 0; channel < 3; ++channel)
    bytes += std::string(1024, static_cast<char>(label * 10 + channel));
  return bytes;
}

std::string tar_gz(const std::map<std::string, std::string>& members) {
  std::vector<char> memory(1 << 20);
  std::size_t size = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  archive_write_open_memory(writer, memory.data(), memory.size(), &size);
  archive_entry* entry = archive_entry_new();
  for (const auto& [name, bytes] : members) {
    archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
  }
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  return gzip(std::string(memory.data(), size));
}

std::map<std::string, std::string> members() {
  std::map<std::string, std::string> all{{"cifar-10-batches-bin/test_batch.bin", record(9) + record(8)},
                                         {"cifar-10-batches-bin/readme.html", "<html>"}};
  for (int i = 1; i <= 5; ++i) all[fmt::format("cifar-10-batches-bin/data_batch_{}.bin", i)] = record(i);
  return all;
}

TEST(Cifar10, ReadsBothSplits) {
  Scratch scratch;
  const auto path = scratch.write("cifar.tar.gz", tar_gz(members()));
  const Images train = read_cifar10(path, "train");
  EXPECT_EQ(train.shape(), "5 images of 3×32×32");
  EXPECT_EQ(train.labels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
  const Images test = read_cifar10(path, "test");
  EXPECT_EQ(test.labels, (std::vector<std::uint8_t>{9, 8}));
  EXPECT_EQ(test.pixels.size(), 2u * 3072);
  EXPECT_EQ(test.image(1)[1023], 80);
  EXPECT_EQ(test.image(1)[3071], 82);
}

TEST(Cifar10, IsKnownByItsContent) {
  Scratch scratch;
  const auto packed = scratch.write("pictures", tar_gz(members())).string();
  EXPECT_EQ(load_images(packed).count, 5);
  EXPECT_EQ(load_images(packed + ":test").count, 2);
  EXPECT_FALSE(is_cifar_archive(scratch.write("other", gzip(std::string(300, 'x')))));
  EXPECT_FALSE(is_cifar_archive(scratch / "absent"));
}

TEST(Cifar10, RefusesDamagedArchives) {
  Scratch scratch;
  const auto read = [](const auto& path) { read_cifar10(path, "test"); };
  const std::string bytes = tar_gz({{"test_batch.bin", record(3)}});
  expect_every_truncation_refused(scratch, bytes, read);
  expect_no_flip_crashes(scratch, bytes, bytes.size(), read);
}

TEST(Cifar10, SaysWhatWasExpectedAndFound) {
  Scratch scratch;
  const auto refuse = [&](const std::string& name, const std::string& batch) {
    auto all = members();
    all["cifar-10-batches-bin/" + name] = batch;
    return message([&] { read_cifar10(scratch.write("a.tar.gz", tar_gz(all)), "train"); });
  };
  expect_contains(refuse("data_batch_2.bin", record(1) + "x"),
                  {"data_batch_2.bin", "3073 bytes", "found 3074"});
  expect_contains(refuse("data_batch_2.bin", ""), {"found 0 bytes"});
  expect_contains(refuse("data_batch_4.bin", record(1) + record(10)),
                  {"labels 0 to 9, found 10 in record 1"});
  auto short_of_one = members();
  short_of_one.erase("cifar-10-batches-bin/data_batch_5.bin");
  expect_contains(message([&] { read_cifar10(scratch.write("a", tar_gz(short_of_one)), "train"); }),
                  {"expected a member data_batch_5.bin, found none"});
  expect_contains(message([&] { read_cifar10(scratch.write("a", gzip("not a tar")), "train"); }),
                  {"expected a tar archive"});
}

TEST(Cifar10, StopsAtAGzipBomb) {
  Scratch scratch;
  const std::string bomb = gzip(std::string(std::size_t{300} << 20, '\0'));
  expect_contains(message([&] { read_cifar10(scratch.write("a", bomb), "test"); }),
                  {"bytes unpacked, found more"});
}

}  // namespace
}  // namespace pushforward::data
