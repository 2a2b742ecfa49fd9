#include "pushforward/report/gnuplot.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

constexpr const char* missing_gnuplot =
    "[plot] gnuplot is needed to draw plots and was not found: install the package gnuplot-nox";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Scratch = std::unique_ptr<std::FILE, CloseFile>;

// Unnamed files instead of pipes: no side can block, and a large plot cannot deadlock.
Scratch scratch() {
  Scratch file(std::tmpfile());
  if (!file) throw fail("[plot] cannot make a temporary file: {}", std::strerror(errno));
  return file;
}

std::string contents(std::FILE* file) {
  std::string text;
  char buffer[1 << 16];
  std::rewind(file);
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
  return text;
}

// gnuplot's own messages name a line of the script; others come from its font libraries.
std::string first_complaint(const std::string& messages) {
  const std::size_t at = messages.find("line ");
  return at == std::string::npos ? "" : printable(messages.substr(at, messages.find('\n', at) - at));
}

}  // namespace

std::string run_gnuplot(const std::string& script) {
  const Scratch input = scratch(), output = scratch(), messages = scratch();
  if (std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() ||
      std::fflush(input.get()) != 0)
    throw fail("[plot] cannot write a temporary file: {}", std::strerror(errno));
  std::rewind(input.get());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(messages.get()), STDERR_FILENO);
  char program[] = "gnuplot", plain[] = "-d", standard_input[] = "-";
  char* const arguments[] = {program, plain, standard_input, nullptr};
  pid_t child = 0;
  const int refused = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused == ENOENT) throw Error(missing_gnuplot);
  if (refused != 0) throw fail("[plot] cannot start gnuplot: {}", std::strerror(refused));

  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw fail("[plot] lost track of gnuplot: {}", std::strerror(errno));
  std::string drawn = contents(output.get());
  const std::string said = contents(messages.get());
  const std::string complaint = first_complaint(said);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || drawn.empty())
    throw fail("[plot] gnuplot drew nothing: {}",
               complaint.empty() ? fmt::format("wait status {}", status) : complaint);
  if (!complaint.empty()) say("[plot] gnuplot: {}", complaint);
  return drawn;
}

std::string gnuplot_quote(std::string_view text, std::size_t columns) {
  const bool leftwards = runs_right_to_left(text);
  std::string out = leftwards ? "'\u2067" : "'";  // RIGHT-TO-LEFT ISOLATE … POP DIRECTIONAL ISOLATE
  for (const char c : elided(text, columns)) {
    if (c == '\'')
      out += "’";
    else
      out += c == '\n' || c == '\t' ? ' ' : c;
  }
  return out + (leftwards ? "\u2069'" : "'");
}

}  // namespace pushforward::report
