#include "pushforward/checkpoint/safetensors.h"

#include "tests/checkpoint/files.h"

#include <limits>

#include "pushforward/core/file.h"

namespace pushforward::checkpoint {
namespace {

using Safetensors = Folder;

Tensors small() {
  return {{"w", at::arange(3, at::kFloat)}, {"step", at::full({}, 7, at::kLong)}};
}

TEST_F(Safetensors, EveryDtypeShapeAndNameComesBack) {
  Tensors tensors;
  for (const auto dtype : {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf,
                           at::kBFloat16, at::kFloat, at::kDouble})
    tensors.emplace_back(c10::toString(dtype), at::arange(-3, 4).remainder(2).to(dtype));
  tensors.emplace_back("empty", at::empty({3, 0, 2}, at::kDouble));
  tensors.emplace_back("scalar", at::full({}, 0.1, at::kDouble));
  tensors.emplace_back("", at::zeros({1}));
  tensors.emplace_back("quote \" back \\ line \n schöne Größe", at::ones({1, 1, 1, 1, 1}));
  tensors.emplace_back("large", at::arange(300'000, at::kFloat));
  const Metadata metadata = {{"", ""}, {"config", "a = \"1\"\n[b]\n"}, {"format", "pt"}};
  save(path(), tensors, metadata);

  const auto file = load(path());
  expect_equal(file.tensors, tensors);
  EXPECT_EQ(file.metadata, metadata);
  EXPECT_EQ(file.path, path().string());
  EXPECT_EQ(file.find("scalar")->item<double>(), 0.1);
  EXPECT_EQ(file.find("scala"), nullptr);
}

TEST_F(Safetensors, NothingComesBackFromNothing) {
  save(path(), {});
  const auto file = load(path());
  EXPECT_TRUE(file.tensors.empty());
  EXPECT_TRUE(file.metadata.empty());
}

TEST_F(Safetensors, NonFiniteValuesKeepTheirBits) {
  const auto inf = std::numeric_limits<float>::infinity();
  const auto values = at::tensor({inf, -inf, std::nanf("7"), -0.0f, 1e-45f});
  save(path(), {{"x", values}});
  const auto tensor = load(path()).tensors[0].second;
  EXPECT_EQ(std::memcmp(tensor.data_ptr(), values.data_ptr(), values.nbytes()), 0);
}

TEST_F(Safetensors, StridesAndGradientsDoNotMatter) {
  const auto base = at::arange(24, at::kFloat).view({4, 6});
  auto leaf = at::ones({2, 2});
  leaf.set_requires_grad(true);
  save(
      path(),
      {{"t", base.t()}, {"s", base.slice(1, 1, 6, 2)}, {"e", base.select(0, 1).expand({3, 6})}, {"g", leaf}});
  const auto file = load(path());
  EXPECT_TRUE(file.find("t")->equal(base.t().contiguous()));
  EXPECT_TRUE(file.find("s")->equal(base.slice(1, 1, 6, 2).contiguous()));
  EXPECT_TRUE(file.find("e")->equal(base.select(0, 1).expand({3, 6}).contiguous()));
  EXPECT_FALSE(file.find("g")->requires_grad());
}

TEST_F(Safetensors, BytesAreFixed) {
  save(path(), {{"w", at::tensor({1.0f, -2.0f})}, {"b", at::tensor({1, 0}).to(at::kBool)}}, {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"pushforward.crc32":"CRC_HERE","pushforward.file":"1","k":"v"},)"
      R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}})";
  auto expected = assemble(header + std::string((8 - header.size() % 8) % 8, ' '),
                           bytes_of({1.0f, -2.0f}) + std::string("\1\0", 2));
  expected.replace(expected.find("CRC_HERE"), 8, "670b5adb");  // by Python's zlib.crc32, with zeros there
  EXPECT_EQ(read_file(path()), expected);
}

TEST_F(Safetensors, ReadsWhatOthersWrite) {
  // No sum, PyTorch's metadata, keys and tensors in another order than the data, floats not aligned.
  put(path(), assemble(R"({"__metadata__":{"format":"pt"},)"
                       R"("b":{"shape":[2,1],"data_offsets":[3,11],"dtype":"F32"},)"
                       R"("a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}  )",
                       std::string("\1\2\3") + bytes_of({0.5f, 8.0f})));
  const auto file = load(path());
  EXPECT_EQ(file.metadata, (Metadata{{"format", "pt"}}));
  expect_equal(file.tensors,
               {{"b", at::tensor({0.5f, 8.0f}).view({2, 1})}, {"a", at::tensor({1, 2, 3}).to(at::kByte)}});
}

TEST_F(Safetensors, RefusesEveryCut) {
  save(path(), small(), {{"k", "v"}});
  const auto whole = read_file(path());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(path(), whole.substr(0, size));
    expect_says([&] { load(path()); }, "is cut short");
  }
  put(path(), whole + '\0');
  expect_says([&] { load(path()); }, "end at byte 20 of the data, but 21 are there");
}

TEST_F(Safetensors, RefusesEveryChangedByte) {
  save(path(), small(), {{"k", "v"}});
  const auto whole = read_file(path());
  std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
  const auto write_byte = [&](std::size_t position, int value) {
    file.seekp(static_cast<std::streamoff>(position));
    file.put(static_cast<char>(value));
    file.flush();
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int change = 1; change < 256; ++change) {
      write_byte(i, static_cast<unsigned char>(whole[i]) ^ change);
      if (message([&] { load(path()); }) == "no error")
        FAIL() << "byte " << i << " of " << whole.size() << " changed by " << change;
    }
    write_byte(i, whole[i]);
  }
  expect_equal(load(path()).tensors, small());
}

TEST_F(Safetensors, RefusesMalformedHeaders) {
  const std::string f32 = R"("dtype":"F32",)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not JSON"},
      {"[1,2]", "not a JSON object"},
      {"{\"a\":\xff}", "not JSON"},
      {"{\"\xff\":1}", "not JSON"},
      {std::string(100'000, '['), "nested too deeply"},
      {R"({"a":{"a":{"a":{"a":{"a":1}}}}})", "nested too deeply"},
      {R"({"a":{)" + f32 + R"("shape":[1],"data_offsets":[0,4]},"a":{)" + f32 +
           R"("shape":[1],"data_offsets":[4,8]}})",
       "\"a\" stands in its header twice"},
      {R"({"a":{)" + f32 + R"("shape":[1],"shape":[2],"data_offsets":[0,8]}})",
       "\"shape\" stands in its header twice"},
      {R"({"a":3})", "something other than dtype"},
      {R"({"a":{)" + f32 + R"("shape":[2]}})", "something other than dtype"},
      {R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", "dtype \"F99\""},
      {R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", "dtype \"7\""},
      {R"({"a":{)" + f32 + R"("shape":2,"data_offsets":[0,8]}})", "shape"},
      {R"({"a":{)" + f32 + R"("shape":[-2],"data_offsets":[0,8]}})", "negative, fractional or overflows"},
      {R"({"a":{)" + f32 + R"("shape":[2.0],"data_offsets":[0,8]}})", "negative, fractional or overflows"},
      {R"({"a":{)" + f32 + R"("shape":[4611686018427387904,4],"data_offsets":[0,8]}})", "overflows"},
      {R"({"a":{)" + f32 + R"("shape":[4611686018427387904,0,4],"data_offsets":[0,0]}})", "overflows"},
      {R"({"a":{)" + f32 + R"("shape":[99999999999999999999],"data_offsets":[0,8]}})", "overflows"},
      {R"({"a":{)" + f32 + R"("shape":[250000000000],"data_offsets":[0,1000000000000]}})", "is cut short"},
      {R"({"a":{)" + f32 + R"("shape":[2],"data_offsets":[8]}})", "not two numbers"},
      {R"({"a":{)" + f32 + R"("shape":[2],"data_offsets":[-8,0]}})", "not two numbers"},
      {R"({"a":{)" + f32 + R"("shape":[2],"data_offsets":[8,0]}})", "before it begins"},
      {R"({"a":{)" + f32 + R"("shape":[3],"data_offsets":[0,8]}})", "needs 12 bytes"},
      {R"({"a":{)" + f32 + R"("shape":[1],"data_offsets":[4,8]}})", "overlap or leave a gap"},
      {R"({"a":{)" + f32 + R"("shape":[2],"data_offsets":[0,8]},"b":{)" + f32 +
           R"("shape":[1],"data_offsets":[4,8]}})",
       "overlap or leave a gap"},
      {R"({"a":{)" + f32 + R"("shape":[1],"data_offsets":[0,4]}})", "but 8 are there"},
      {R"({"a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}})", "other than 0 and 1"},
      {R"({"__metadata__":"x","a":{)" + f32 + R"("shape":[2],"data_offsets":[0,8]}})", "table of strings"},
      {R"({"__metadata__":{"k":1},"a":{)" + f32 + R"("shape":[2],"data_offsets":[0,8]}})", "is not a string"},
      {R"({"line\nbreak":3})", R"("line\nbreak")"},
      {R"({")" + std::string(5'000, 'x') + R"(":3})", "xxx…\""},
  };
  for (const auto& [header, part] : cases) {
    put(path(), assemble(header, bytes_of({1.0f, 2.0f})));
    expect_says([&] { load(path()); }, part);
  }
}

TEST_F(Safetensors, RefusesOtherFiles) {
  expect_says([&] { load(path("absent")); }, "cannot read");
  expect_says([&] { load(folder_); }, "cannot read");
  put(path(), "PK\3\4 a pickle of PyTorch in its zip archive");
  expect_says([&] { load(path()); }, "safetensors.torch.save_file");
}

TEST_F(Safetensors, KeepsNamesThatAreNotUtf8) {
  save(path(), {{"t\xff", at::ones({1})}},
       {{"k\xe9",
         "r\xe9"
         "al"}});
  const auto file = load(path());
  EXPECT_EQ(file.metadata, (Metadata{{"k\xe9",
                                      "r\xe9"
                                      "al"}}));
  EXPECT_NE(file.find("t\xff"), nullptr);
}

TEST_F(Safetensors, SaysWhatCannotBeSaved) {
  const auto one = at::ones({1});
  expect_says([&] { save(path(), {{"a", one}, {"a", one}}); }, "\"a\" is reserved or given twice");
  expect_says([&] { save(path(), {{"__metadata__", one}}); }, "reserved");
  expect_says([&] { save(path(), {{"a", at::Tensor()}}); }, "not a dense tensor");
  expect_says([&] { save(path(), {{"a", one.to(at::kComplexFloat)}}); }, "ComplexFloat");
  expect_says([&] { save(path(), {{"a", one}}, {{"pushforward.crc32", ""}}); }, "reserved");
  expect_says([&] { save(path("absent/a.safetensors"), {{"a", one}}); }, "cannot write");
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace
}  // namespace pushforward::checkpoint
