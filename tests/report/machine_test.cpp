#include "pushforward/report/machine.h"

#include <gtest/gtest.h>

namespace pushforward::report {
namespace {

constexpr const char* two_cores =
    "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz: fast\nphysical id\t: 0\ncore id\t\t: 0\n"
    "flags\t\t: fpu sse4_2 avx avx2 fma avx512fp16 sse4_1\n\n"
    "processor\t: 1\nmodel name\t: Some CPU @ 2.0GHz: fast\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: "
    "fpu\n\n"
    "processor\t: 2\nphysical id\t: 1\ncore id\t\t: 0\n";

TEST(Machine, ReadsCpuinfo) {
  const Processor processor = parse_cpuinfo(two_cores);
  EXPECT_EQ(processor.model, "Some CPU @ 2.0GHz: fast");
  EXPECT_EQ(processor.logical, 3);
  EXPECT_EQ(processor.physical, 2);
  EXPECT_EQ(processor.instruction_sets, "SSE4.2 AVX AVX2 FMA");  // avx512fp16 is not avx512f
}

TEST(Machine, ReadsArm) {
  const Processor processor = parse_cpuinfo("processor\t: 0\nFeatures\t: fp asimd sve\n");
  EXPECT_EQ(processor.model, "");
  EXPECT_EQ(processor.physical, 0);
  EXPECT_EQ(processor.instruction_sets, "NEON SVE");
}

TEST(Machine, ReadsMemoryAndSystem) {
  EXPECT_EQ(parse_meminfo("MemTotal:       16384 kB\nMemFree: 1 kB\n"), 16384.0 * 1024);
  EXPECT_EQ(parse_meminfo("MemTotal: many\n"), 0);
  EXPECT_EQ(parse_os_release("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)");
}

TEST(Machine, NothingToldNothingInvented) {
  const Processor processor = parse_cpuinfo("");
  EXPECT_EQ(processor.model + processor.instruction_sets, "");
  EXPECT_EQ(processor.logical + processor.physical, 0);
  EXPECT_EQ(parse_meminfo(""), 0);
  EXPECT_EQ(parse_os_release("garbage\n=\n"), "");
}

TEST(Machine, CarriesTheVersionAndNoEmptyValues) {
  const KeyValues pairs = machine("1.2.3");
  EXPECT_EQ(pairs.back(), (std::pair<std::string, std::string>{"Pushforward", "1.2.3"}));
  for (const auto& [key, value] : pairs) EXPECT_FALSE(value.empty()) << key;
}

TEST(KeyValues, AlignAndConvert) {
  Config config = Config::parse("[train]\nepochs = 3\nname = \"x\"\n", "test.toml");
  config.get_int("train.epochs", 1, {});
  config.get_string("train.name", "");
  config.get_double("train.rate", 0.001, {});
  EXPECT_EQ(to_text(key_values(config)), "train.epochs  3\ntrain.name    x\ntrain.rate    0.001\n");
  EXPECT_EQ(to_json(key_values(config)).dump(),
            R"({"train.epochs":"3","train.name":"x","train.rate":"0.001"})");
}

}  // namespace
}  // namespace pushforward::report
