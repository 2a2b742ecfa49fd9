// NumPy's .npz: arrays by name, each a .npy in a zip.
// https://numpy.org/doc/stable/reference/generated/numpy.savez.html
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushforward/data/input.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {

/// Whether a file that starts so is a zip: 4 bytes are enough.
bool is_zip(std::string_view start);

/// A .npz that is there, its members stored or deflated.
class Npz {
 public:
  /// Throws Error for what is no zip, is damaged, cut short or holds two members of one name.
  explicit Npz(std::filesystem::path path);

  /// Of the arrays, in the file's order.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;

  /// The .npy of an array, to be read front to back; zip's checksum is compared at its end. Throws Error
  /// where there is none of that name.
  Input open(const std::string& name) const;

  /// Throws Error as open and read_npy.
  NpyArray read(const std::string& name) const;

  /// The first bytes of the member NAME.txt, at most 4096; "" where there is none.
  std::string text(const std::string& name) const;

  /// "[npz] samples.npz"
  std::string where() const { return "[npz] " + path_.string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  Input open_member(const std::string& member, const std::string& name) const;

  std::filesystem::path path_;
  std::vector<std::string> members_, names_;
};

/// Arrays and, as members NAME.txt that numpy.load gives as bytes, texts; stored, atomically. The same input
/// gives the same bytes. Throws Error when it cannot be written.
void write_npz(const std::filesystem::path& path, const std::vector<std::pair<std::string, NpyArray>>& arrays,
               const std::vector<std::pair<std::string, std::string>>& texts = {});

}  // namespace pushforward::data
