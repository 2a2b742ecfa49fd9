#include "tests/program/support.h"

#include "tests/scratch_folder.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"

namespace pushforward {
namespace {

constexpr auto patience = std::chrono::seconds(120);

/// A file name that no other child has.
fs::path capture(const char* what) {
  static int number = 0;
  return scratch() / fmt::format("{}{}", what, number++);
}

/// Makes the surroundings those of this process.
void enter(const Surroundings& surroundings, const fs::path& out, const fs::path& err) {
  const auto redirect = [](int descriptor, const fs::path& path) {
    ::dup2(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), descriptor);
  };
  redirect(STDOUT_FILENO, out);
  redirect(STDERR_FILENO, err);
  fs::current_path(scratch());
  if (surroundings.file_limit >= 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto bytes = static_cast<rlim_t>(surroundings.file_limit);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::setenv("PUSHFORWARD_DATA", (scratch() / "data").c_str(), 1);
  ::setenv("XDG_CACHE_HOME", (scratch() / "cache").c_str(), 1);
  for (const auto& variable : surroundings.variables) {
    const auto equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
}

std::vector<char*> argv_of(const Arguments& arguments) {
  std::vector<char*> argv{const_cast<char*>("pushforward")};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return argv;
}

using Main = int (*)(int, char**);

/// As the launcher loads it (cli/main.cpp).
Main program_main() {
  static const Main main = [] {
    void* library = ::dlopen(PUSHFORWARD_PROGRAM_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) throw fail("{}", ::dlerror());
    return reinterpret_cast<Main>(::dlsym(library, "pushforward_main"));
  }();
  return main;
}

/// Uneven clothes, so that there is something to learn.
int cloth(std::uint32_t n, std::uint32_t i) {
  auto engine = stream(n, "test clothes", i);
  return static_cast<int>(uniform_below(engine, 60) + 8 * i);
}

int digit(std::uint32_t n, std::uint32_t i) {
  auto engine = stream(n, "test digits", i);
  return static_cast<int>(255 - uniform_below(engine, 90));
}

void put(const std::string& name, const std::string& bytes) {
  fs::create_directories((scratch() / name).parent_path());
  write_file(scratch() / name, bytes);
}

void furnish() {
  put("data/clothes/train-images-idx3-ubyte", idx(200, 4, 4, cloth));
  put("data/clothes/t10k-images-idx3-ubyte", idx(60, 4, 4, [](auto n, auto i) { return cloth(n + 200, i); }));
  put("data/digits/t10k-images-idx3-ubyte", idx(40, 4, 4, digit));
  put("data/single/train-images-idx3-ubyte", idx(1, 4, 4, cloth));
  put("data/single/t10k-images-idx3-ubyte", idx(1, 4, 4, digit));
  put("data/wide/train-images-idx3-ubyte", idx(20, 4, 5, cloth));
  put("tiny.toml",
      "[model]\nkind = \"realnvp\"\ncouplings = 4\nhidden = 8\n"
      "[data]\nname = \"clothes\"\n"
      "[train]\nepochs = 2\nbatch = 32\nlearning_rate = 0.005\n");
  succeed({"train", "tiny.toml", "--out", "run", "--quiet"});
}

}  // namespace

Child::Child(const Arguments& arguments, const Surroundings& surroundings) {
  const auto main = program_main();
  start([&] { return main(static_cast<int>(arguments.size()) + 1, argv_of(arguments).data()); },
        surroundings);
}

Child::Child(const fs::path& executable, const Arguments& arguments, const Surroundings& surroundings) {
  start([&] { return ::execv(executable.c_str(), argv_of(arguments).data()); }, surroundings);
}

void Child::start(const std::function<int()>& body, const Surroundings& surroundings) {
  out_ = surroundings.out.empty() ? capture("out") : fs::path(surroundings.out);
  err_ = capture("err");
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw fail("cannot fork: {}", std::strerror(errno));
  if (pid_ > 0) return;
  enter(surroundings, out_, err_);
  const int status = body();
  std::fflush(nullptr);
  ::_exit(status);  // without the test program's own farewells
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool Child::running() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
  return pid_ > 0;
}

Result Child::wait() {
  const auto start = std::chrono::steady_clock::now();
  while (running()) {
    if (std::chrono::steady_clock::now() - start > patience) {
      ADD_FAILURE() << "the program does not end";
      signal(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Result result{.status = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_)};
  if (fs::is_regular_file(out_)) result.out = read_file(out_);
  if (fs::is_regular_file(err_)) result.err = read_file(err_);  // not yet, after an early kill
  return result;
}

const fs::path& scratch() {
  static const ScratchFolder made;
  static bool furnished = false;
  if (!furnished) {
    furnished = true;
    furnish();
  }
  return made.folder;
}

Result pushforward(const Arguments& arguments, const Surroundings& surroundings) {
  return Child(arguments, surroundings).wait();
}

std::string succeed(const Arguments& arguments, const Surroundings& surroundings) {
  const auto result = pushforward(arguments, surroundings);
  EXPECT_EQ(result.status, 0) << fmt::format("{}", fmt::join(arguments, " ")) << "\n" << result.err;
  return result.out;
}

Json json_of(Arguments arguments) {
  arguments.emplace_back("--json");
  const auto out = succeed(arguments);
  try {
    return Json::parse(out);
  } catch (const Json::exception& error) {
    ADD_FAILURE() << fmt::format("{}", fmt::join(arguments, " ")) << ": not JSON: " << error.what() << "\n"
                  << out;
    return {};
  }
}

std::string idx(std::uint32_t count, std::uint32_t height, std::uint32_t width,
                const std::function<int(std::uint32_t n, std::uint32_t i)>& value) {
  std::string bytes;
  for (const std::uint32_t word : {0x803U, count, height, width})
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(word >> shift);
  for (std::uint32_t n = 0; n < count; ++n)
    for (std::uint32_t i = 0; i < height * width; ++i) bytes += static_cast<char>(value(n, i));
  return bytes;
}

std::string npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
  header += std::string(64 - (10 + header.size() + 1) % 64, ' ') + "\n";
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  return bytes + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

std::vector<Json> timeless_metrics(const fs::path& run) {
  std::istringstream text(read_file(run / "metrics.jsonl"));
  std::vector<Json> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(Json::parse(line));
    lines.back().erase("seconds");
  }
  return lines;
}

fs::path copy_of(const fs::path& run, const std::string& name) {
  fs::copy(run, scratch() / name, fs::copy_options::recursive);
  return scratch() / name;
}

}  // namespace pushforward
