#include "pushforward/report/turing.h"

#include "pushforward/core/error.h"
#include "pushforward/core/json.h"
#include "pushforward/report/html_style.h"
#include "pushforward/report/text.h"
#include "pushforward/report/turing_script.h"

namespace pushforward::report {
namespace {

/// What the script needs, in a form that no text of it can leave.
std::string data_of(const TuringTest& test, const Texts& language) {
  Json images = Json::array(), texts;
  for (const auto& one : test.images)
    images.push_back({{"src", "data:image/png;base64," + base64(encode_png(one.image))},
                      {"real", one.real},
                      {"name", printable(one.name)}});
  for (const auto* key : {"intro", "place", "share", "count", "above", "below", "chance", "right", "wrong",
                          "was_real", "was_generated", "times", "none"})
    texts[key] = language.paragraphs(fmt::format("turing.{}", key)).front();
  auto text =
      Json{{"title", printable(test.title)}, {"seed", test.seed}, {"images", images}, {"texts", texts}}
          .dump();
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace

std::string turing_page(const TuringTest& test, const Texts& language) {
  PF_CHECK(!test.images.empty(), "[turing] expected images, got none");
  const auto word = [&](const char* key) { return escape_html(language(fmt::format("turing.{}", key))); };
  const auto button = [&](const char* id, const char* keys, const char* shown) {
    return fmt::format("<button type=\"button\" id=\"{}\"{}>{}{}</button>\n", id,
                       *keys == '\0' ? "" : fmt::format(" aria-keyshortcuts=\"{}\"", keys), word(id),
                       *shown == '\0' ? "" : fmt::format("<kbd aria-hidden=\"true\">{}</kbd>", shown));
  };
  std::string page = fmt::format(R"(<!DOCTYPE html>
<html lang="{0}" dir="{1}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="pushforward">
<title>{2}</title>
<style>{3}{4}</style>
</head>
<body>
<main>
<header>
<h1>{2}</h1>
<p class="subtitle" id="intro"></p>
<noscript><p>{5}</p></noscript>
</header>
)",
                                 language.language(), language("page.direction"), escape_html(test.title),
                                 style_sheet, turing_style, word("no_script"));
  page += fmt::format(R"(<section id="trial" aria-labelledby="question">
<h2 id="question">{}</h2>
<p id="place"></p>
<progress id="progress" max="1" value="0" aria-label="{}"></progress>
<figure><img id="picture" alt="" src="data:,"></figure>
<div class="answers">
{}{}</div>
<p id="feedback" role="status"></p>
</section>
)",
                      word("question"), word("progress"), button("real", "R", "R"),
                      button("generated", "G", "G"));
  page +=
      fmt::format(R"(<section id="score" aria-label="{}" hidden>
<p id="share" class="big"></p>
<p id="count"></p>
<p id="verdict"></p>
</section>
<section id="results" aria-labelledby="results_title" hidden>
<h2 id="results_title" tabindex="-1">{}</h2>
<h3>{}</h3>
<ul id="taken_for_real" class="fooled"></ul>
<h3>{}</h3>
<ul id="taken_for_generated" class="fooled"></ul>
<div class="answers">
{}{}</div>
</section>
</main>
<script type="application/json" id="test">{}</script>
<script>{}</script>
</body>
</html>
)",
                  word("score"), word("results"), word("taken_for_real"), word("taken_for_generated"),
                  button("again", "", ""), button("save", "", ""), data_of(test, language), turing_script);
  return page;
}

}  // namespace pushforward::report
