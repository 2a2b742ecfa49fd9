#include "pushforward/data/spec.h"

#include <algorithm>
#include <system_error>

#include "pushforward/core/names.h"
#include "pushforward/data/cifar.h"
#include "pushforward/data/input.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/npz_images.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/registry.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> all_splits{"train", "test"};

bool is_here(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::string unknown(const std::string& text, const char* what, const std::string& name,
                    const std::vector<std::string>& known) {
  return fmt::format("{}: unknown {} {}: expected one of {}{}", text, what, name, fmt::join(known, ", "),
                     did_you_mean(name, known));
}

/// Where the last `mark` of the last path component is, or npos.
std::size_t last(const std::string& base, char mark) {
  const auto at = base.rfind(mark);
  return at == std::string::npos || base.find('/', at) != std::string::npos ? std::string::npos : at;
}

std::vector<std::string> wanted(const std::string& split) {
  return split.empty() ? all_splits : std::vector{split};
}

/// Whether it may be the name of a set, rather than a path.
bool is_name(const std::string& base) {
  return !base.empty() && !base.starts_with('.') && base.find('/') == std::string::npos;
}

/// The kind of a file, by its content, in a gzip too; what cannot be read is said by who reads it.
SpecKind kind_of_file(const fs::path& path) {
  try {
    const auto start = first_bytes(path, 6);
    if (start == "\x93NUMPY") return SpecKind::npy_file;
    if (is_zip(start)) return SpecKind::npz_file;
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): of a file without content its name may tell
  }
  return is_cifar_archive(path) ? SpecKind::cifar_file : SpecKind::file;
}

SpecKind kind_of(const std::string& base, const std::string& split) {
  const auto splits = wanted(split);
  const auto any = [&](auto find) { return std::ranges::any_of(splits, find); };
  std::error_code ignored;
  if (find_toy(base) != nullptr) return SpecKind::generated;
  if (is_name(base) && any([&](const auto& s) { return locate(base, s).has_value(); }))
    return SpecKind::named;
  if (fs::is_directory(base, ignored))
    return any([&](const auto& s) { return split_in(base, s).has_value(); }) ? SpecKind::set_folder
                                                                             : SpecKind::image_folder;
  if (!is_here(base)) return SpecKind::nothing;
  return kind_of_file(base);
}

}  // namespace

Spec::Spec(std::string text) : text_(std::move(text)), base_(text_) {
  if (text_ == "-") {
    kind_ = SpecKind::standard_input;
    return;
  }
  std::vector<std::string> known;
  for (const auto& perturbation : data::perturbations()) known.push_back(perturbation.name);
  auto plus = last(base_, '+');
  while (!is_here(base_) && plus != std::string::npos && contains(known, base_.substr(plus + 1))) {
    perturbations_.insert(perturbations_.begin(), base_.substr(plus + 1));
    base_.resize(plus);
    plus = last(base_, '+');
  }
  if (!is_here(base_)) {
    const auto colon = last(base_, ':');
    if (plus != std::string::npos && (colon == std::string::npos || plus > colon)) {
      misspelt_ = unknown(text_, "perturbation", base_.substr(plus + 1), known);
    } else if (colon != std::string::npos) {
      split_ = base_.substr(colon + 1);
      base_.resize(colon);
      const bool array = is_here(base_) && kind_of_file(base_) == SpecKind::npz_file;
      if (!array && !contains(all_splits, split_)) misspelt_ = unknown(text_, "split", split_, all_splits);
    }
  }
  if (misspelt_.empty()) kind_ = kind_of(base_, split_);
}

Spec::Spec(std::string base, std::string split, std::vector<std::string> perturbations,
           const Reading& reading)
    : text_(base),
      base_(std::move(base)),
      split_(std::move(split)),
      perturbations_(std::move(perturbations)),
      kind_(kind_of(base_, split_)),
      reading_(reading) {
  if (!split_.empty()) text_ += ":" + split_;
  for (const auto& name : perturbations_) text_ += "+" + name;
}

const Toy* Spec::toy() const {
  return kind_ == SpecKind::generated ? find_toy(base_) : nullptr;
}

std::vector<std::string> Spec::splits() const {
  auto splits = wanted(split_);
  std::erase_if(splits, [&](const auto& split) { return toy() == nullptr && !split_file(split); });
  return splits;
}

std::optional<fs::path> Spec::split_file(std::string_view split) const {
  if (kind_ == SpecKind::named) return locate(base_, split);
  if (kind_ == SpecKind::set_folder) return split_in(base_, split);
  if (kind_ == SpecKind::cifar_file) return base_;
  return std::nullopt;
}

bool Spec::points() const {
  return kind_ == SpecKind::generated || (kind_ == SpecKind::npy_file && npy_shape(base_).size() == 2);
}

std::string Spec::source() const {
  if (kind_ == SpecKind::nothing || kind_ == SpecKind::standard_input) return text_;
  const auto here = splits();
  if (toy() != nullptr) return base_ + ":" + here.front();
  const auto file = here.empty() ? fs::path(base_) : *split_file(here.front());
  std::error_code ignored;
  const auto path = fs::canonical(file, ignored).string();
  if (kind_ == SpecKind::npz_file) return path + ":" + images_array(Npz(path), split_);
  return !here.empty() && is_cifar_archive(path) ? path + ":" + here.front() : path;
}

Spec Spec::with_split(const std::string& split) const {
  return {base_, split, perturbations_, reading_};
}

Spec Spec::without_perturbations() const {
  return {base_, split_, {}, reading_};
}

Spec Spec::with(const Reading& reading) const {
  Spec spec = *this;
  spec.reading_ = reading;
  return spec;
}

UsageError Spec::not_found() const {
  if (!misspelt_.empty()) return usage("{}", misspelt_);
  std::vector<std::string> names, searched;
  for (const auto& row : list_datasets()) {
    if (row.name == base_ && row.network)
      return usage("{}: expected images, found the name of a network: it is for --features", base_);
    if (row.name == base_) {
      for (const auto& folder : search_path()) searched.push_back((folder / base_).string());
      const std::string what = base_ + (row.train || row.test ? ":" + split_ : "");
      return usage("{} is not here: looked in {}; {}", what, fmt::join(searched, ", "),
                   row.fetchable ? "run: pushforward datasets fetch " + base_
                                 : "put its files there or name the other split");
    }
    names.push_back(row.name);
  }
  return usage("{}: no data set, file or folder of that name{}; see: pushforward datasets list", base_,
               did_you_mean(base_, names));
}

}  // namespace pushforward::data
