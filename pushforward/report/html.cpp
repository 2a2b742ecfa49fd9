#include "pushforward/report/html.h"

#include <fmt/format.h>

#include "pushforward/core/file.h"
#include "pushforward/report/formula.h"
#include "pushforward/report/html_style.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

std::string definitions(std::string_view kind, const KeyValues& pairs, std::string_view open,
                        std::string_view close) {
  std::string out = fmt::format("<dl class=\"{}\">\n", kind);
  for (const auto& [key, value] : pairs)
    out += fmt::format("{}<dt>{}</dt><dd>{}</dd>{}\n", open, escape_html(key), escape_html(value), close);
  return out + "</dl>\n";
}

}  // namespace

HtmlReport::HtmlReport(std::string title, std::string subtitle, const Texts& language)
    : title_(std::move(title)), subtitle_(std::move(subtitle)), texts_(language) {}

HtmlReport& HtmlReport::section(std::string_view heading) {
  parts_.push_back({std::string(heading), {}});
  return *this;
}

HtmlReport& HtmlReport::subsection(std::string_view heading) {
  return put(fmt::format("<h3>{}</h3>\n", escape_html(heading)));
}

HtmlReport& HtmlReport::paragraph(std::string_view text) {
  return put(fmt::format("<p>{}</p>\n", escape_html(text)));
}

HtmlReport& HtmlReport::link(std::string_view file, std::string_view text) {
  return put(fmt::format("<p><a href=\"{}\">{}</a></p>\n", escape_html(file), escape_html(text)));
}

HtmlReport& HtmlReport::bullets(const std::vector<std::string>& items) {
  put("<ul>\n");
  for (const std::string& item : items) put(fmt::format("<li>{}</li>\n", escape_html(item)));
  return put("</ul>\n");
}

HtmlReport& HtmlReport::headline(const KeyValues& numbers) {
  // A definition list wants the term first; the style puts the number on top.
  KeyValues named;
  for (const auto& [number, name] : numbers) named.emplace_back(name, number);
  return put(definitions("headline", named, "<div>", "</div>"));
}

HtmlReport& HtmlReport::key_values(const KeyValues& pairs) {
  return put(definitions("pairs", pairs, "", ""));
}

HtmlReport& HtmlReport::table(const Table& table) {
  return put(to_html(table));
}

HtmlReport& HtmlReport::code(std::string_view text) {
  return put(fmt::format("<pre><code>{}</code></pre>\n", escape_html(text)));
}

HtmlReport& HtmlReport::formula(std::string_view tex) {
  return put(to_mathml(tex));
}

HtmlReport& HtmlReport::box(std::string_view heading, const std::function<void(HtmlReport&)>& content) {
  put(fmt::format("<aside>\n<h3>{}</h3>\n", escape_html(heading)));
  content(*this);
  return put("</aside>\n");
}

HtmlReport& HtmlReport::put(std::string_view preface) {
  parts_.back().body += preface;
  return *this;
}

HtmlReport& HtmlReport::take(const HtmlReport& other) {
  put(other.preface());
  parts_.insert(parts_.end(), other.parts_.begin() + 1, other.parts_.end());
  return *this;
}

HtmlReport& HtmlReport::prose(const std::vector<std::string>& paragraphs) {
  for (const auto& text : paragraphs)
    if (text.starts_with('$'))
      formula(std::string_view(text).substr(1));
    else
      paragraph(text);
  return *this;
}

HtmlReport& HtmlReport::picture(std::string_view type, std::string_view bytes, int width, int height,
                                std::string_view kind, std::string_view alt, std::string_view caption) {
  put(fmt::format(
      "<figure>\n<img class=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\" src=\"data:image/{};base64,{}\">\n",
      kind, width, height, escape_html(alt), type, base64(bytes)));
  if (!caption.empty()) put(fmt::format("<figcaption>{}</figcaption>\n", escape_html(caption)));
  return put("</figure>\n");
}

HtmlReport& HtmlReport::figure(const Figure& figure, std::string_view caption) {
  return picture("svg+xml", figure.svg(), figure.width, figure.height, "plot", figure.alt, caption);
}

HtmlReport& HtmlReport::image(const Image& image, std::string_view alt, std::string_view caption) {
  return picture("png", encode_png(image), image.width, image.height, "pixels", alt, caption);
}

HtmlReport& HtmlReport::image(const Animation& film, std::string_view alt, std::string_view caption) {
  return picture("webp", film.bytes, film.width, film.height, "pixels", alt, caption);
}

std::string HtmlReport::html() const {
  std::string contents, body = preface();
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    const auto heading = escape_html(parts_[i].heading);
    contents += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i, heading);
    body +=
        fmt::format("<section id=\"section-{}\">\n<h2>{}</h2>\n{}</section>\n", i, heading, parts_[i].body);
  }
  contents = parts_.size() <= 2 ? ""
                                : fmt::format("<nav aria-label=\"{}\">\n<ol>\n{}</ol>\n</nav>\n",
                                              escape_html(texts_("page.contents")), contents);
  const std::string subtitle =
      subtitle_.empty() ? "" : fmt::format("<p class=\"subtitle\">{}</p>\n", escape_html(subtitle_));
  return fmt::format(R"(<!DOCTYPE html>
<html lang="{5}" dir="{6}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="pushforward">
<title>{0}</title>
<style>{1}</style>
</head>
<body>
<main>
<header>
<h1>{0}</h1>
{2}{3}</header>
{4}</main>
</body>
</html>
)",
                     escape_html(title_), style_sheet, subtitle, contents, body, texts_.language(),
                     texts_("page.direction"));
}

void HtmlReport::write(const std::filesystem::path& path) const {
  write_file(path, html());
}

}  // namespace pushforward::report
