// A visual Turing test: who can tell generated images from real ones?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/report/grid.h"
#include "pushforward/report/texts.h"

namespace pushforward::report {

struct TuringImage {
  Image image;
  bool real = false;
  std::string name;  ///< "image 17 of fashion-mnist:test", said once it was judged
};

struct TuringTest {
  std::string title;
  std::vector<TuringImage> images;  ///< in the order in which they are shown
  std::uint64_t seed = 0;           ///< of that order, for the saved results
};

/// One self-contained page, with its script, that shows the images one by one and asks which are real, by
/// buttons and keys. It keeps the share of right answers with Wilson's 95 % interval, names the images that
/// fooled the reader and saves all answers as JSON. Nothing is asked of any network. All text is escaped.
/// Throws Error without images.
std::string turing_page(const TuringTest& test, const Texts& language = Texts::of("en"));

}  // namespace pushforward::report
