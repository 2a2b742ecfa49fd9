#include "pushforward/report/gnuplot.h"

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/report/process.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

constexpr const char* missing_gnuplot =
    "[plot] gnuplot is needed to draw plots and was not found: install the package gnuplot-nox";

// gnuplot's own messages name a line of the script; others come from its font libraries.
std::string first_complaint(const std::string& messages) {
  const std::size_t at = messages.find("line ");
  return at == std::string::npos ? "" : printable(messages.substr(at, messages.find('\n', at) - at));
}

}  // namespace

std::string run_gnuplot(const std::string& script) {
  const auto output = run_program("gnuplot", {"-d", "-"}, script);
  if (!output) throw Error(missing_gnuplot);
  const std::string complaint = first_complaint(output->messages);
  if (output->status != 0 || output->text.empty())
    throw fail("[plot] gnuplot drew nothing: {}",
               complaint.empty() ? fmt::format("wait status {}", output->status) : complaint);
  if (!complaint.empty()) say("[plot] gnuplot: {}", complaint);
  return output->text;
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
