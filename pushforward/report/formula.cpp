#include "pushforward/report/formula.h"

#include <fmt/format.h>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/report/process.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

/// What stands between <tag> and </tag>, "" where there is no such element.
std::string_view inside(std::string_view xml, const std::string& tag) {
  const auto open = "<" + tag + ">", close = "</" + tag + ">";
  const auto begin = xml.find(open), end = xml.rfind(close);
  if (begin == std::string_view::npos || end == std::string_view::npos) return "";
  return xml.substr(begin + open.size(), end - begin - open.size());
}

}  // namespace

std::string to_mathml(std::string_view tex) {
  const auto output = run_program("blahtexml", {"--mathml", "--mathml-encoding", "numeric"}, tex);
  if (!output) {
    static const bool said = (say("[formula] blahtexml was not found: formulas stay in TeX"), true);
    static_cast<void>(said);
    return fmt::format("<pre><code>{}</code></pre>\n", escape_html(tex));
  }
  const auto markup = inside(output->text, "markup");
  if (output->status != 0 || markup.empty())
    throw fail("[formula] blahtexml cannot read {}: {}", printable(tex),
               printable(inside(output->text, "message")));
  return fmt::format("<math display=\"block\" dir=\"ltr\">{}</math>\n", markup);
}

}  // namespace pushforward::report
