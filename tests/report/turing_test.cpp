#include "pushforward/report/turing.h"

#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

TuringTest four(const std::string& name = "image 3") {
  TuringTest test{.title = "Test " + name, .images = {}, .seed = 7};
  for (const bool real : {true, false, false, true})
    test.images.push_back(
        {.image = {.width = 2, .height = 1, .pixels = {0, 255}}, .real = real, .name = name});
  return test;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Turing, HoldsEveryImageAndAsksForNothingElse) {
  for (const auto& language : Texts::languages()) {
    const auto page = turing_page(four(), Texts::of(language));
    EXPECT_EQ(count(page, "data:image/png;base64,"), 4u);
    EXPECT_EQ(count(page, "\"real\":true"), 2u);
    EXPECT_EQ(count(page, "\"real\":false"), 2u);
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    for (const auto* outside : {"http://", "https://", "<link", "src=\"/", "fetch(", "@import", "url("})
      EXPECT_EQ(count(page, outside), 0u) << language << ": " << outside;
  }
}

TEST(Turing, SaysTheLanguageAndItsDirection) {
  EXPECT_NE(turing_page(four()).find("<html lang=\"en\" dir=\"ltr\">"), std::string::npos);
  const auto persian = turing_page(four(), Texts::of("fa"));
  EXPECT_NE(persian.find("<html lang=\"fa\" dir=\"rtl\">"), std::string::npos);
  EXPECT_NE(persian.find("تولیدشده"), std::string::npos);
  EXPECT_EQ(persian.find("Real or generated"), std::string::npos);
}

TEST(Turing, HostileNamesAreShownNotRun) {
  const std::string hostile = "</script><script>alert('x')</script> & \"q\" \xFF";
  const auto page = turing_page(four(hostile));
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find('\xFF'), std::string::npos);
  EXPECT_EQ(count(page, "</script>"), 2u);
}

TEST(Turing, RefusesNoImages) {
  EXPECT_THROW(turing_page({.title = "none", .images = {}}), Error);
}

TEST(Turing, OpensInABrowserWithoutAComplaint) {
  const ScratchFolder folder;
  for (const auto& language : Texts::languages()) {
    write_file(folder / "turing.html", turing_page(four(), Texts::of(language)));
    const auto command = std::string(PUSHFORWARD_SOURCE_DIR) + "/scripts/check-html '" +
                         (folder / "turing.html").string() + "'";
    const int status = std::system(command.c_str());
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no chromium here";
    EXPECT_EQ(WEXITSTATUS(status), 0) << language;
  }
}

}  // namespace
}  // namespace pushforward::report
