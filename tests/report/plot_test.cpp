#include "pushforward/report/plot.h"

#include "tests/report/scratch_folder.h"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "pushforward/core/file.h"
#include "pushforward/report/gnuplot.h"

namespace pushforward::report {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Gnuplot, MissingProgramNamesThePackage) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const std::string message = message_of([] { run_gnuplot("plot x"); });
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(contains(message, "install the package gnuplot-nox")) << message;
  EXPECT_FALSE(contains(message, "\n"));
}

TEST(Gnuplot, ItsComplaintIsTheError) {
  const std::string message = message_of([] { run_gnuplot("set terminal svg\nplot nonsense(x)\n"); });
  EXPECT_TRUE(contains(message, "undefined function: nonsense")) << message;
  EXPECT_FALSE(contains(message, "\n"));
  EXPECT_TRUE(contains(message_of([] { run_gnuplot("set terminal svg\n"); }), "drew nothing"));
}

TEST(Gnuplot, QuotedTextIsOneLiteral) {
  EXPECT_EQ(gnuplot_quote("it's `rm` $x \"q\" \\n\n{_}"), "'it’s `rm` $x \"q\" \\n {_}'");
}

TEST(Gnuplot, TextFromRightToLeftIsIsolatedAsSuch) {
  EXPECT_EQ(gnuplot_quote("فاصلهٔ θ"), "'\u2067فاصلهٔ θ\u2069'");
  EXPECT_EQ(gnuplot_quote("θ, Ü, 日"), "'θ, Ü, 日'");
}

TEST(Plot, RightToLeftTitlesAndLegendsBeginAtTheRight) {
  const auto commands = [](const char* title) {
    return draw(CurvePlot{.title = title, .series = {{"s", {0, 1}, {0, 1}}}, .note = title}).commands;
  };
  EXPECT_TRUE(contains(commands("title"), "at graph 0, screen 1 left"));
  EXPECT_TRUE(contains(commands("title"), "key bmargin left"));
  EXPECT_TRUE(contains(commands("عنوان"), "at graph 1, screen 1 right"));
  EXPECT_FALSE(contains(commands("عنوان"), "at graph 0, screen 1 left"));
  EXPECT_TRUE(contains(commands("عنوان"), "key bmargin right Right noreverse"));
}

TEST(Plot, HostileNamesAreShownNotRun) {
  const ScratchFolder folder;
  const std::string bait = (folder / "bait").string();
  const std::string names[] = {"`touch " + bait + "`", "$(touch " + bait + ")",
                               "'.system('touch " + bait + "').'", "a_b^{c} 'q' \\n @x\n$1 %d \xFF <i>&"};
  for (const std::string& name : names) {
    const std::string svg = draw(CurvePlot{.title = name,
                                           .x_label = name,
                                           .y_label = name,
                                           .series = {{name, {0, 1}, {0, 1}}, {name, {}, {}}},
                                           .markers = {{0.5, name}}})
                                .svg();
    EXPECT_FALSE(contains(svg, "<i>"));
    EXPECT_EQ(contains(svg, "a_b^{c} ’q’ \\n @x $1 %d \uFFFD &lt;i>&amp;"), name == names[3]) << svg;
  }
  EXPECT_FALSE(std::filesystem::exists(bait));
}

TEST(Plot, LongNamesAreElided) {
  const std::string svg =
      draw(HistogramPlot{.title = std::string(500, 't'),
                         .samples = {{std::string(500, 's'), {1, 2, 3}}, {std::string(500, 'u'), {1, 2, 3}}}})
          .svg();
  EXPECT_TRUE(contains(svg, "sss…"));
  const Figure figure = draw(CurvePlot{.series = {{std::string(500, 's'), {}, {}}}});
  EXPECT_TRUE(contains(figure.svg(), "sss… (no data)"));
  EXPECT_FALSE(contains(svg, std::string(100, 't')));
}

TEST(Plot, WhatIsNotFiniteIsAGap) {
  const Figure figure =
      draw(CurvePlot{.series = {{"s", {0, 1, 2, 3, 4, INFINITY}, {5, NAN, -INFINITY, 6, 7, 8}}}});
  EXPECT_TRUE(contains(figure.commands, "<< PF_END\n0 5\n\n3 6\n4 7\n\nPF_END")) << figure.commands;
  EXPECT_TRUE(contains(figure.svg(), "<svg"));
}

TEST(Plot, ALogAxisLeavesOutWhatHasNoLogarithm) {
  const Figure figure = draw(CurvePlot{.series = {{"s", {0, 1, 2, 3}, {10, 0, -1, 1000}}}, .log_y = true});
  EXPECT_TRUE(contains(figure.commands, "<< PF_END\n0 10\n\n3 1000\nPF_END")) << figure.commands;
  EXPECT_TRUE(contains(figure.svg(), ">1000<") || contains(figure.svg(), "1000"));
}

TEST(Plot, AShortLogAxisHasLabels) {
  const auto commands = [](std::vector<double> y) {
    return draw(CurvePlot{.series = {{"s", {0, 1}, std::move(y)}}, .log_y = true}).commands;
  };
  EXPECT_TRUE(contains(commands({0.6, 30}), "set ytics (0.5, 1, 2, 5, 10, 20)"));
  EXPECT_TRUE(contains(commands({0.012, 0.016}), "0.012, 0.014, 0.016"));
  EXPECT_FALSE(contains(commands({1, 1e6}), "set ytics"));
}

TEST(Plot, EmptyAndConstantSeriesAreDrawn) {
  for (const Figure& figure :
       {draw(CurvePlot{}), draw(CurvePlot{.series = {{"none", {}, {}}, {"nan", {1}, {NAN}}}}),
        draw(CurvePlot{.series = {{"one", {3}, {4}}}}),
        draw(CurvePlot{.series = {{"neg", {1}, {-1}}}, .log_y = true}), draw(HistogramPlot{}),
        draw(HistogramPlot{.samples = {{"none", {}}}}),
        draw(HistogramPlot{.samples = {{"same", {7, 7}}, {"nan", {NAN}}}}), draw(RocPlot{}),
        draw(RocPlot{.curves = {{"none", {}, {}}}})})
    EXPECT_TRUE(contains(figure.svg(), "</svg>"));
  EXPECT_TRUE(contains(draw(CurvePlot{.series = {{"none", {}, {}}}}).svg(), "none (no data)"));
}

TEST(Plot, OnlyPlotsWithoutPointsSayNoData) {
  EXPECT_TRUE(contains(draw(CurvePlot{}).svg(), "no data"));
  EXPECT_FALSE(contains(draw(CurvePlot{.series = {{"", {0, 1}, {0, 1}}}}).svg(), "no data"));
  EXPECT_FALSE(contains(draw(HistogramPlot{.samples = {{"", {1}}}}).svg(), "no data"));
}

/// What is drawn to be read, and the alternative text.
std::string words_of(const Figure& figure) {
  std::string words = figure.alt;
  for (std::size_t at = 0; (at = figure.commands.find('\'', at)) != std::string::npos;) {
    const auto end = figure.commands.find('\'', at + 1);
    words += "\n" + figure.commands.substr(at + 1, end - at - 1);
    at = end + 1;
  }
  return words;
}

TEST(Plot, ItsOwnWordsAreThoseOfTheLanguage) {
  const auto& persian = Texts::of("fa");
  std::vector<double> far(1000);
  for (std::size_t i = 0; i < far.size(); ++i) far[i] = static_cast<double>(i % 100);
  far[0] = 1e9;
  std::vector<Point> spread(3000);
  for (std::size_t i = 0; i < spread.size(); ++i) spread[i] = {static_cast<double>(i % 50), 1};
  spread[0] = {1e9, 0};
  spread[1] = {NAN, 0};
  const std::vector<std::function<Figure(const Texts&)>> plots{
      [](const Texts& in) { return draw(CurvePlot{}, in); },
      [](const Texts& in) {
        return draw(CurvePlot{.series = {{"۱", {}, {}}, {"۲", {0, 1}, {0, 1}}}}, in);
      },
      [](const Texts& in) {
        return draw(HistogramPlot{.samples = {{"۱", {}}}}, in);
      },
      [&](const Texts& in) {
        return draw(HistogramPlot{.samples = {{"۱", far}}}, in);
      },
      [](const Texts& in) {
        return draw(RocPlot{.curves = {{"۱", {}, {}}, {"۲", {0, 1}, {0, 1}}}}, in);
      },
      [&](const Texts& in) {
        return draw(ScatterPlot{.panels = {{"۱", spread}, {.name = "۲", .points = {}}}}, in);
      }};
  std::string english, other;
  for (const auto& plot : plots) {
    english += words_of(plot(Texts::of("en")));
    other += words_of(plot(persian));
  }
  for (const auto* key : {"density", "no_data", "off_scale", "false_positive_rate", "true_positive_rate"}) {
    const auto name = fmt::format("plot.{}", key);
    EXPECT_TRUE(contains(english, Texts::of("en")(name))) << key;
    EXPECT_TRUE(contains(other, persian(name))) << key;
    EXPECT_FALSE(contains(other, Texts::of("en")(name))) << key;
  }
  for (const auto* word : {"data", "off axes", "not finite", "against", "histograms", "curves with"}) {
    EXPECT_TRUE(contains(english, word)) << word;
    EXPECT_FALSE(contains(other, word)) << word;
  }
}

TEST(Plot, ADivergedLossCanBeDrawn) {
  for (const bool log_y : {false, true}) {
    const CurvePlot plot{.series = {{"loss", {0, 1, 2}, {1e300, 1e-300, 1}}}, .log_y = log_y};
    EXPECT_TRUE(contains(draw(plot).svg(), "</svg>"));
  }
}

TEST(Plot, RefusesLengthsThatDiffer) {
  EXPECT_TRUE(contains(message_of([] {
                         draw(CurvePlot{.series = {{"s", {1, 2}, {1}}}});
                       }),
                       "2 x values and 1 y"));
  EXPECT_NE(message_of([] { draw(CurvePlot{.series = {{"s", {1}, {1}, {1}, {}}}}); }), "");
  EXPECT_NE(message_of([] { draw(RocPlot{.curves = {{"s", {0, 1}, {0}}}}); }), "");
}

TEST(Plot, HistogramsStateWhatTheyLeaveOut) {
  std::vector<double> near, far(50, -1e5);
  for (int i = 0; i < 1000; ++i) near.push_back(i);
  near[0] = NAN;
  near[1] = -1e5;
  near[2] = INFINITY;
  const Figure figure = draw(HistogramPlot{.title = "t", .samples = {{"near", near}, {"far", far}}});
  EXPECT_TRUE(contains(figure.commands, "near (◂ 0.1 %, 0.1 % ▸, 1 NaN)")) << figure.alt;
  EXPECT_TRUE(contains(figure.commands, "far (◂ 100 %)")) << figure.alt;
  EXPECT_TRUE(contains(figure.alt, "the share of a set that lies off the scale"));
  EXPECT_TRUE(contains(figure.commands, "set label '◂ far'")) << "it would not be seen at all";
  EXPECT_FALSE(contains(figure.commands, "set label '◂ near'"));
}

TEST(Plot, RocLegendGivesTheArea) {
  const RocPlot plot{.title = "t",
                     .curves = {{"a", {0, 1}, {0, 1}, 0.5, 0.01},
                                {"b", {0, 0, 1}, {0, 1, 1}, 0.99984, 0.0002},
                                {"c", {0, 0, 1}, {0, 1, 1}, 1.0},
                                {"d", {0, 1}, {0, 1}}}};
  const std::string commands = draw(plot).commands;
  EXPECT_TRUE(contains(commands, "'a: 0.500 ± 0.010'"));
  EXPECT_TRUE(contains(commands, "'b: 0.9998 ± 0.0002'"));
  EXPECT_TRUE(contains(commands, "'c: > 0.9999'")) << "a sample does not show that it is 1";
  EXPECT_TRUE(contains(commands, "title 'd'"));
  EXPECT_TRUE(contains(commands, "set size square"));
}

TEST(Plot, LongSeriesMakeSmallFiles) {
  Series series{.name = "long"};
  for (int i = 0; i < 200000; ++i) {
    series.x.push_back(i);
    series.y.push_back(std::sin(i * 0.37));
  }
  EXPECT_LT(draw(CurvePlot{.series = {series}}).svg().size(), 200000u);
}

TEST(Figure, SavesByExtension) {
  const ScratchFolder folder;
  const Figure figure = draw(CurvePlot{.title = "t", .series = {{"s", {0, 1}, {0, 1}}}});
  figure.save(folder / "plot.png");
  figure.save(folder / "plot.svg");
  EXPECT_EQ(read_file(folder / "plot.png").substr(0, 8), "\x89PNG\r\n\x1A\n");
  EXPECT_TRUE(contains(read_file(folder / "plot.svg"), "</svg>"));
  EXPECT_TRUE(contains(message_of([&] { figure.save(folder / "plot.bmp"); }), ".png or .svg"));
  EXPECT_TRUE(contains(message_of([&] { figure.save("/nowhere/plot.svg"); }), "/nowhere/plot.svg"));
}

}  // namespace
}  // namespace pushforward::report
