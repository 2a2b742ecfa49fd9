#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pushforward/report/plot.h"

namespace pushforward::report {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// n points on a circle of a radius.
std::vector<Point> circle(int n, double radius) {
  std::vector<Point> points;
  for (int i = 0; i < n; ++i) points.push_back({radius * std::cos(i * 2.4), radius * std::sin(i * 2.4)});
  return points;
}

std::size_t lines_of(const std::string& commands, const std::string& block) {
  const auto from = commands.find(block + " << PF_END\n"),
             to = commands.find("PF_END\n", from + block.size() + 11);
  return static_cast<std::size_t>(std::count(commands.begin() + static_cast<std::ptrdiff_t>(from),
                                             commands.begin() + static_cast<std::ptrdiff_t>(to), '\n')) -
         1;
}

TEST(Scatter, FewPointsAreAllDrawnAndManyAreADensity) {
  const Figure few = draw(ScatterPlot{.panels = {{"data", circle(500, 1)}, {"samples", circle(700, 1)}}});
  EXPECT_EQ(lines_of(few.commands, "$panel0"), 500u);
  EXPECT_EQ(lines_of(few.commands, "$panel1"), 700u);
  EXPECT_FALSE(contains(few.commands, "boxxyerror"));
  const Figure many = draw(ScatterPlot{.panels = {{"data", circle(100'000, 1)}}});
  EXPECT_TRUE(contains(many.commands, "boxxyerror"));
  EXPECT_LT(lines_of(many.commands, "$panel0"), 1000u) << "cells of a circle";
  EXPECT_LT(many.svg().size(), 300'000u);
}

TEST(Scatter, DrawsTheDiagonalOfAxesOfOneUnit) {
  ScatterPlot plot{.panels = {{"data", circle(500, 1)}, {"samples", circle(700, 1)}}};
  EXPECT_FALSE(contains(draw(plot).commands, "plot x with lines"));
  plot.diagonal = true;
  EXPECT_TRUE(contains(draw(plot).commands, "plot x with lines"));
}

TEST(Scatter, TheFirstPanelSetsTheAxesAndTheRestIsCounted) {
  auto samples = circle(100, 1);
  samples[3] = {50, 0};
  samples[4] = {NAN, 0};
  samples[5] = {0, INFINITY};
  const Figure figure = draw(ScatterPlot{.panels = {{"data", circle(1000, 1)}, {"samples", samples}}});
  EXPECT_TRUE(contains(figure.commands, "samples (1.0 % off axes) (2 not finite)")) << figure.alt;
  EXPECT_EQ(lines_of(figure.commands, "$panel1"), 97u);
  const auto range = figure.commands.find("set xrange [-1.1");
  EXPECT_NE(range, std::string::npos) << figure.commands.substr(0, 2000);
}

TEST(Scatter, ADensityIsShadedLikeAsManyPoints) {
  const auto normal = [](const std::vector<Point>& points) {
    std::vector<double> log_p;
    for (const Point p : points) log_p.push_back(-0.5 * (p.x * p.x + p.y * p.y) - std::log(2 * M_PI));
    log_p[0] = NAN;
    return log_p;
  };
  const ScatterPanel data{"data", circle(500, 2)};
  const Figure figure = draw(ScatterPlot{.panels = {data, {"density", {}, normal}}});
  EXPECT_GT(lines_of(figure.commands, "$panel1"), 5000u);
  EXPECT_TRUE(contains(figure.commands, " 1.000\n"));
  EXPECT_TRUE(contains(figure.svg(), "</svg>"));
  const auto few = [](const auto&) { return std::vector<double>(3); };
  EXPECT_TRUE(contains(message_of([&] {
                         draw(ScatterPlot{.panels = {data, {"density", {}, few}}});
                       }),
                       "expected a log-density at each of 14400 points, got 3"));
}

TEST(Scatter, OneFarPointDoesNotSqueezeTheRest) {
  auto data = circle(3000, 1);
  data[7] = {1e6, -1e6};
  const Figure figure = draw(ScatterPlot{.panels = {{"data", data}}});
  EXPECT_TRUE(contains(figure.commands, "data (<0.1 % off axes)")) << figure.alt;
}

TEST(Scatter, AnythingCanBeDrawn) {
  const std::vector<Point> one{{3, 4}}, same(3000, Point{1e9, 1e9}), broken{{NAN, NAN}};
  for (const auto& points :
       {std::vector<Point>{}, one, same, broken, std::vector<Point>(2500, Point{NAN, 0})})
    for (const auto& centres : {std::vector<Point>{}, circle(8, 2)})
      EXPECT_TRUE(contains(
          draw(ScatterPlot{
                   .title = "t", .panels = {{"a", points}, {"b", circle(2500, 1)}}, .centres = centres})
              .svg(),
          "</svg>"));
  EXPECT_TRUE(contains(draw(ScatterPlot{.panels = {{"none", {}}}}).svg(), "none (no data)"));
  EXPECT_NE(message_of([] { draw(ScatterPlot{}); }), "");
  EXPECT_NE(message_of([] { draw(ScatterPlot{.panels = std::vector<ScatterPanel>(5)}); }), "");
}

TEST(Scatter, HostileTextIsShownNotRun) {
  const std::string bait = "'.system('false').' `false` $1 <i>";
  const std::string svg = draw(ScatterPlot{.title = bait,
                                           .x_label = bait,
                                           .y_label = bait,
                                           .panels = {{bait, circle(9, 1)}},
                                           .note = bait})
                              .svg();
  EXPECT_TRUE(contains(svg, "`false` $1 &lt;i>"));
  EXPECT_FALSE(contains(svg, "<i>"));
}

TEST(Curve, TheNoteIsOnThePlotAndInItsAlternative) {
  const Figure figure =
      draw(CurvePlot{.title = "W", .series = {{"s", {1, 2}, {3, 4}}}, .note = "higher is farther"});
  EXPECT_TRUE(contains(figure.svg(), ">higher is farther<"));
  EXPECT_TRUE(contains(figure.alt, "higher is farther"));
}

TEST(Curve, ALogarithmicXAxisLeavesOutZero) {
  const Figure figure = draw(CurvePlot{.series = {{"s", {0, 1, 10, 1000}, {1, 2, 3, 4}}}, .log_x = true});
  EXPECT_TRUE(contains(figure.commands, "<< PF_END\n1 2\n10 3\n1000 4\nPF_END")) << figure.commands;
  EXPECT_TRUE(contains(figure.commands, "set logscale x"));
  EXPECT_TRUE(contains(figure.svg(), "</svg>"));
  EXPECT_TRUE(contains(draw(CurvePlot{.series = {{"s", {-1, 0}, {1, 2}}}, .log_x = true}).svg(), "</svg>"));
}

TEST(Banded, IsTheMedianAndTheMiddleOfEachBucket) {
  Series series{.name = "s"};
  for (int i = 0; i < 110; ++i) {
    series.x.push_back(i);
    series.y.push_back(i < 55 ? (i * 7) % 11 : 100);
  }
  const Series out = banded(series, 10);
  ASSERT_EQ(out.x.size(), 10u);
  EXPECT_EQ(out.x[0], 5);
  EXPECT_EQ(out.y[0], 5);
  EXPECT_EQ(out.low[0], 1);
  EXPECT_EQ(out.high[0], 9);
  EXPECT_EQ(out.y[9], 100);
  EXPECT_EQ(out.low[9], 100);
}

TEST(Banded, LeavesShortAndBandedSeriesAndKeepsGaps) {
  const Series few{.name = "s", .x = {1, 2, 3}, .y = {4, NAN, 6}};
  EXPECT_EQ(banded(few, 3).x, few.x);
  EXPECT_TRUE(banded(few, 3).low.empty());
  Series own = few;
  own.low = own.high = own.y;
  EXPECT_EQ(banded(own, 1).x.size(), 3u);
  const Series holes{.name = "s", .x = {1, 2, 3, 4}, .y = {4, NAN, NAN, INFINITY}};
  const Series out = banded(holes, 2);
  EXPECT_EQ(out.y[0], 4);
  EXPECT_TRUE(std::isnan(out.y[1]) && std::isnan(out.low[1]));
  EXPECT_TRUE(contains(draw(CurvePlot{.series = {out}}).svg(), "</svg>"));
  EXPECT_NE(message_of([&] { banded(few, 0); }), "");
  EXPECT_NE(message_of([] { banded({.name = "s", .x = {1}, .y = {}}); }), "");
}

}  // namespace
}  // namespace pushforward::report
