#include "pushforward/report/process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Scratch = std::unique_ptr<std::FILE, CloseFile>;

// Unnamed files instead of pipes: no side can block, and a long text cannot deadlock.
Scratch scratch() {
  return Scratch(temporary_file());
}

std::string contents(std::FILE* file) {
  std::string text;
  char buffer[1 << 16];
  std::rewind(file);
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
  return text;
}

}  // namespace

std::optional<Output> run_program(const std::string& program, const std::vector<std::string>& arguments,
                                  std::string_view input) {
  const Scratch in = scratch(), out = scratch(), messages = scratch();
  if (std::fwrite(input.data(), 1, input.size(), in.get()) != input.size() || std::fflush(in.get()) != 0)
    throw fail("[process] cannot write a temporary file: {}", std::strerror(errno));
  std::rewind(in.get());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(messages.get()), STDERR_FILENO);
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int refused = posix_spawnp(&child, program.c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused == ENOENT) return std::nullopt;
  if (refused != 0) throw fail("[process] cannot start {}: {}", program, std::strerror(refused));

  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw fail("[process] lost track of {}", program);
  return Output{contents(out.get()), contents(messages.get()), status};
}

}  // namespace pushforward::report
