// DATA as people write it, taken apart once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/reading.h"

namespace pushforward::data {

struct Toy;

/// What DATA stands for.
enum class SpecKind {
  generated,       ///< points drawn on demand (toys.h)
  named,           ///< a set found along `search_path()`
  set_folder,      ///< a folder that holds such a set's files
  image_folder,    ///< any other folder
  cifar_file,      ///< CIFAR-10's archive, by its name or content: both splits of a set
  npy_file,        ///< by its first bytes, in a gzip too
  npz_file,        ///< a zip, by its first bytes
  file,            ///< any other, told apart when it is read
  standard_input,  ///< "-"
  nothing          ///< nothing of that name is here, or it is misspelt
};

// clang-format off
/// DATA is one of
///   NAME[:train|:test]     a set found along `search_path()`, or a generated one (toys.h)
///   FOLDER[:train|:test]   a folder that holds such a set's files
///   FOLDER                 a folder of PNG, JPEG or WebP images, or one of folders, one a class
///   FILE                   .npy or IDX (gz or not), one PNG, JPEG or WebP, or CIFAR-10's archive[:train|:test]
///   FILE.npz[:ARRAY]       the images of one of its arrays
///   -                      standard input
/// followed by any number of +PERTURBATION, applied left to right. A name wins over a path of the same
/// spelling; write ./mnist for the path. A path may hold '+' and ':' itself: what exists as written is taken as
/// written.
///
/// A Spec says what its text stood for when it was made. Making one reads no data and never throws: what is
/// misspelt or not here is `nothing`, and whoever loads it throws `not_found`.
// clang-format on
class Spec {
 public:
  Spec() = default;
  Spec(std::string text);                              // NOLINT(google-explicit-constructor): text is DATA
  Spec(const char* text) : Spec(std::string(text)) {}  // NOLINT(google-explicit-constructor)

  /// As written.
  const std::string& text() const { return text_; }
  SpecKind kind() const { return kind_; }
  /// The name or path, without what follows it.
  const std::string& base() const { return base_; }
  /// "train", "test", the array of a .npz, or "" where none is written.
  const std::string& split() const { return split_; }
  /// Left to right.
  const std::vector<std::string>& perturbations() const { return perturbations_; }

  /// How its files are read.
  const Reading& reading() const { return reading_; }

  /// The generated set; null for what is none.
  const Toy* toy() const;
  /// The splits that are meant and here, of a set by name, folder or archive, or generated: the one that is
  /// written, else train and test. Others have none.
  std::vector<std::string> splits() const;
  /// The file that holds the images of a split; nothing where that split is not here, or there are no splits.
  std::optional<std::filesystem::path> split_file(std::string_view split) const;
  /// Whether it names points: a generated set, or a .npy of two dimensions. Throws Error for a damaged .npy.
  bool points() const;
  /// What the examples are read from: the same text for every way to name a set that is here (by name or
  /// path, with or without its split or array), and for its perturbations. Throws as images_array for a .npz.
  std::string source() const;

  /// The same, "train" or "test" of it.
  Spec with_split(const std::string& split) const;
  Spec without_perturbations() const;
  /// The same, read so.
  Spec with(const Reading& reading) const;

  /// Why it stands for nothing: the misspelt word with the nearest known one, or where it was looked for and
  /// how to fetch it.
  UsageError not_found() const;

 private:
  Spec(std::string base, std::string split, std::vector<std::string> perturbations, const Reading& reading);

  std::string text_, base_, split_;
  std::vector<std::string> perturbations_;
  SpecKind kind_ = SpecKind::nothing;
  Reading reading_;
  std::string misspelt_;  // the message, where a split or perturbation is
};

}  // namespace pushforward::data
