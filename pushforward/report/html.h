// One HTML file that holds a whole report.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushforward/report/animation.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/grid.h"
#include "pushforward/report/key_values.h"
#include "pushforward/report/table.h"
#include "pushforward/report/texts.h"

namespace pushforward::report {

/// Builds a self-contained page: no script, no network, pictures inside as data URIs, light and dark,
/// readable on a phone and on paper. All text is escaped. Calls are appended in order:
///
///   HtmlReport page("RealNVP on FashionMNIST", "10 epochs, seed 0");
///   page.section("Training").figure(draw(curves), "Loss by step").table(results);
///   page.write(run / "report.html");
///
/// The words that the page says itself are those of `language`, and so is the direction that it is read in.
class HtmlReport {
 public:
  explicit HtmlReport(std::string title, std::string subtitle = "", const Texts& language = Texts::of("en"));

  HtmlReport& section(std::string_view heading);  ///< listed in the contents
  HtmlReport& subsection(std::string_view heading);
  HtmlReport& paragraph(std::string_view text);
  /// To a file beside the page.
  HtmlReport& link(std::string_view file, std::string_view text);
  HtmlReport& bullets(const std::vector<std::string>& items);
  /// A row of large numbers: {{"0.880", "AUROC against MNIST"}, …}.
  HtmlReport& headline(const KeyValues& numbers);
  HtmlReport& key_values(const KeyValues& pairs);
  HtmlReport& table(const Table& table);
  HtmlReport& code(std::string_view text);
  /// In TeX, on a line of its own (formula.h).
  HtmlReport& formula(std::string_view tex);
  /// A box beside the text: a heading and what becomes of the calls of `content`.
  HtmlReport& box(std::string_view heading, const std::function<void(HtmlReport&)>& content);
  /// The preface of another report, as it is.
  HtmlReport& put(std::string_view preface);
  /// All sections of another report behind one's own.
  HtmlReport& take(const HtmlReport& other);
  /// Paragraphs, and formulas: those that begin with "$", in TeX.
  HtmlReport& prose(const std::vector<std::string>& paragraphs);
  /// Draws now (throws what Figure::svg does) and embeds as SVG, with the figure's alt text.
  HtmlReport& figure(const Figure& figure, std::string_view caption = "");
  /// Pixels are shown unsmoothed.
  HtmlReport& image(const Image& image, std::string_view alt, std::string_view caption = "");
  HtmlReport& image(const Animation& film, std::string_view alt, std::string_view caption = "");

  std::string html() const;
  /// What was appended before the first section, to be put into another report.
  const std::string& preface() const { return parts_.front().body; }
  /// Atomically. Throws Error naming the path.
  void write(const std::filesystem::path& path) const;

 private:
  HtmlReport& picture(std::string_view type, std::string_view bytes, int width, int height,
                      std::string_view kind, std::string_view alt, std::string_view caption);

  struct Part {
    std::string heading, body;
  };

  std::string title_, subtitle_;
  const Texts& texts_;
  std::vector<Part> parts_{{}};  // before the first section, and each section
};

}  // namespace pushforward::report
