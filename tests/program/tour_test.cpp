// The tour of README.md, line by line, on images made here.
#include "tests/program/support.h"

#include <algorithm>
#include <sstream>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"

namespace pushforward {
namespace {

/// The commands between a heading and the end of its block of code, without their comments.
std::vector<Arguments> commands_of_tour() {
  const auto text = read_file(fs::path(PUSHFORWARD_SOURCE_DIR) / "README.md");
  const auto from = text.find("```\n", text.find("## A five-minute tour")) + 4;
  std::istringstream block(text.substr(from, text.find("```", from) - from));
  std::vector<Arguments> commands;
  for (std::string line; std::getline(block, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    Arguments command;
    for (std::string word; words >> word;) command.push_back(word);
    commands.push_back(std::move(command));
  }
  return commands;
}

/// A bright square on a dark ground, in a place that its class decides.
int square(std::uint32_t n, std::uint32_t i) {
  const auto row = i / 28, column = i % 28, corner = 2 * (n % 10);
  auto engine = stream(n, "tour", i);
  const bool inside = row >= corner && row < corner + 8 && column >= corner && column < corner + 8;
  return static_cast<int>(inside ? 200 - uniform_below(engine, 60) : uniform_below(engine, 20));
}

std::string labels(std::uint32_t count) {
  std::string bytes;
  for (const std::uint32_t word : {0x801U, count})
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(word >> shift);
  for (std::uint32_t n = 0; n < count; ++n) bytes += static_cast<char>(n % 10);
  return bytes;
}

TEST(Tour, EveryLineWorks) {
  const auto folder = scratch() / "data" / "fashion-mnist";
  fs::create_directories(folder);
  for (const auto& [split, count] : {std::pair{"train", 1'200U}, std::pair{"t10k", 200U}}) {
    write_file(folder / (std::string(split) + "-images-idx3-ubyte"), idx(count, 28, 28, square));
    write_file(folder / (std::string(split) + "-labels-idx1-ubyte"), labels(count));
  }
  const auto commands = commands_of_tour();
  ASSERT_GE(commands.size(), 12u) << "no tour was found";
  for (const auto& command : commands) {
    const auto line = fmt::format("{}", fmt::join(command, " "));
    ASSERT_EQ(command.front(), "pushforward") << line;
    const auto result = pushforward({command.begin() + 1, command.end()});
    EXPECT_EQ(result.status, 0) << line << "\n" << result.err;
    EXPECT_FALSE(result.out.empty()) << line << " says nothing";
    const auto out = std::ranges::find(command, "--out");
    EXPECT_TRUE(out == command.end() || fs::exists(scratch() / *(out + 1))) << line;
  }
  EXPECT_TRUE(fs::exists(scratch() / "runs/tour/turing.html"));
  EXPECT_TRUE(fs::exists(scratch() / "runs/tour/report.html"));
}

}  // namespace
}  // namespace pushforward
