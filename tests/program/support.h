// The built program, run as its user runs it.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pushforward/core/file.h"
#include "pushforward/core/json.h"

namespace pushforward {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

struct Result {
  int status = 0;  // as a shell has it: 128 + the signal when one ended the program
  std::string out, err;
};

struct Surroundings {
  Arguments variables = {};      // NAME=value, beside PUSHFORWARD_DATA
  std::int64_t file_limit = -1;  // bytes that any file may have: a full disk
  std::string out = {};          // where standard output goes, instead of into the result
};

/// A running program. Its working folder is the test's.
class Child {
 public:
  /// The program's library, loaded once, in a process of its own: what a launcher started anew would do, but
  /// for the half second that loading LibTorch takes.
  explicit Child(const Arguments& arguments, const Surroundings& surroundings = {});
  /// Any executable file.
  Child(const fs::path& executable, const Arguments& arguments, const Surroundings& surroundings = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const;
  bool running();
  Result wait();

 private:
  void start(const std::function<int()>& body, const Surroundings& surroundings);

  pid_t pid_ = 0;
  int status_ = -1;
  fs::path out_, err_;
};

/// The folder of this process's tests, made on the first call, with data sets, tiny.toml and a trained run:
///   data/clothes  200 training and 60 test images of 1×4×4       data/digits  40 test images, brighter
///   data/single   one training and one test image               data/wide    20 training images of 1×4×5
///   run           tiny.toml trained for 2 epochs
const fs::path& scratch();

/// pushforward ARGUMENTS in scratch().
Result pushforward(const Arguments& arguments, const Surroundings& surroundings = {});
/// The same, when it must succeed; what it printed.
std::string succeed(const Arguments& arguments, const Surroundings& surroundings = {});
/// With --json: standard output must be one JSON document and nothing else.
Json json_of(Arguments arguments);

/// `count` images of height × width as an IDX file; pixel i of image n is value(n, i).
std::string idx(std::uint32_t count, std::uint32_t height, std::uint32_t width,
                const std::function<int(std::uint32_t n, std::uint32_t i)>& value);

/// A .npy of float32 in C order.
std::string npy(const std::string& shape, const std::vector<float>& values);

/// metrics.jsonl without what differs from run to run.
std::vector<Json> timeless_metrics(const fs::path& run);

/// A second run folder like the first.
fs::path copy_of(const fs::path& run, const std::string& name);

}  // namespace pushforward
