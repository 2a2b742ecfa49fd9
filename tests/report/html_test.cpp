#include "pushforward/report/html.h"

#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <set>

#include "pushforward/core/file.h"
#include "pushforward/report/machine.h"
#include "pushforward/report/plot.h"

namespace pushforward::report {
namespace {

// The first tag that is closed out of turn, or "" for a well-formed page. Attribute values hold no '>'.
std::string misnested(const std::string& html) {
  const std::set<std::string> empty{"meta", "img", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const bool closing = html[at + 1] == '/';
    const std::size_t first = at + 1 + closing, last = html.find_first_of(" >\n", first);
    const std::string name = html.substr(first, last - first);
    if (closing) {
      if (open.empty() || open.back() != name) return "/" + name;
      open.pop_back();
    } else if (!empty.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : open.back();
}

HtmlReport full_report() {
  const std::string hostile = "<script>alert('x')</script> & \"q\" \xFF";
  const std::vector<std::uint8_t> pixels{0, 85, 170, 255};
  HtmlReport page("Report " + hostile, hostile);
  page.paragraph("before any section").section(hostile).headline({{"0.880", hostile}, {"41 ms", "step"}});
  page.subsection(hostile).paragraph(hostile).bullets({hostile, "two"}).code("a < b && c\n" + hostile);
  page.table({hostile, {{hostile, "nats", Align::kLeft}, {"n"}}, {{hostile, 3}}, {hostile}});
  page.section("Pictures")
      .figure(draw(CurvePlot{.title = hostile, .series = {{hostile, {0, 1, 2}, {3, 1, 2}}}}), hostile)
      .figure(draw(HistogramPlot{.title = "h", .samples = {{"a", {1, 2, 2, 3}}}}))
      .image(make_grid({4, 1, 1, 1, pixels}, {.scale = 40}), hostile, hostile)
      .image(animate(std::vector<Image>{{2, 1, 1, {0, 255}}, {2, 1, 1, {255, 0}}}), "film", hostile);
  page.section("Machine").key_values({{hostile, hostile}, {"long", std::string(300, 'x')}});
  return page;
}

TEST(Html, IsWellFormedAndEscaped) {
  const std::string html = full_report().html();
  EXPECT_EQ(misnested(html), "");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("alert('x')"), std::string::npos);
  EXPECT_EQ(html.find('\xFF'), std::string::npos);
}

TEST(Html, HoldsFilmsAsWebP) {
  const std::string html = full_report().html();
  EXPECT_NE(html.find("alt=\"film\" src=\"data:image/webp;base64,UklGR"), std::string::npos);
}

TEST(Html, HasNoAddressButItsOwn) {
  const std::string html = full_report().html();
  EXPECT_EQ(html.find("http:"), std::string::npos);
  EXPECT_EQ(html.find("https:"), std::string::npos);
  EXPECT_EQ(html.find("url("), std::string::npos);
}

TEST(Html, ContentsListTheSections) {
  const std::string html = full_report().html();
  EXPECT_NE(html.find("<li><a href=\"#section-2\">Pictures</a></li>"), std::string::npos);
  EXPECT_NE(html.find("<section id=\"section-2\">\n<h2>Pictures</h2>"), std::string::npos);
}

TEST(Html, AnEmptyReportIsStillAPage) {
  EXPECT_EQ(misnested(HtmlReport("t").html()), "");
  EXPECT_EQ(misnested(HtmlReport("t").section("only").html()), "");
}

TEST(Html, NamesThePathItCannotWrite) {
  EXPECT_NE(message_of([] { HtmlReport("t").write("/nowhere/report.html"); }).find("/nowhere/report.html"),
            std::string::npos);
}

int check_html(const std::filesystem::path& page) {
  const std::string command = std::string(PUSHFORWARD_SOURCE_DIR) + "/scripts/check-html " + page.string();
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(HtmlInChromium, LoadsWithoutConsoleErrorsAndWithEveryImage) {
  const ScratchFolder folder;
  full_report().write(folder / "report.html");
  const int status = check_html(folder / "report.html");
  if (status == 77) GTEST_SKIP() << "chromium is not installed";
  EXPECT_EQ(status, 0);
}

TEST(HtmlInChromium, TheCheckSeesABrokenImageAndAScript) {
  const ScratchFolder folder;
  std::string html = full_report().html();
  const std::string png = "data:image/png;base64,";
  std::string broken = html;
  broken.replace(broken.find(png) + png.size(), 8, "AAAAAAAA");
  write_file(folder / "broken.html", broken);
  const int status = check_html(folder / "broken.html");
  if (status == 77) GTEST_SKIP() << "chromium is not installed";
  EXPECT_EQ(status, 1);
  html.insert(html.find("</main>"), "<script>throw 1</script>");
  write_file(folder / "script.html", html);
  EXPECT_EQ(check_html(folder / "script.html"), 1);
}

}  // namespace
}  // namespace pushforward::report
