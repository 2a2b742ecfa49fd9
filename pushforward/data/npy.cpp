#include "pushforward/data/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <set>

#include "pushforward/core/file.h"
#include "pushforward/data/input.h"

namespace pushforward::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t largest_header = 1 << 16;

struct TypeName {
  NpyType type;
  std::size_t size;
  std::string_view name, code;
};
constexpr std::array<TypeName, 4> types{{{NpyType::uint8, 1, "uint8", "u1"},
                                         {NpyType::int64, 8, "int64", "i8"},
                                         {NpyType::float32, 4, "float32", "f4"},
                                         {NpyType::float64, 8, "float64", "f8"}}};

const TypeName& row(NpyType type) {
  return *std::find_if(types.begin(), types.end(), [&](const TypeName& t) { return t.type == type; });
}

struct Words {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

  Words parse() {
    Words header;
    std::set<std::string> seen;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.descr = quoted();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape = tuple();
      } else {
        throw broken();
      }
      if (!seen.insert(key).second) throw broken();
      if (!accept(',') && peek() != '}') throw broken();
    }
    if (peek() != '\0') throw broken();
    if (seen.size() != 3) throw broken();
    return header;
  }

 private:
  Error broken() const {
    return fail(
        "{}: expected a header like {{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}}, "
        "found something else at its byte {}",
        where_, at_);
  }
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    const bool found = peek() == c;
    if (found) ++at_;
    return found;
  }
  void expect(char c) {
    if (!accept(c)) throw broken();
  }
  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const auto end = text_.find(quote, at_);
    if (end == std::string_view::npos) throw broken();
    const std::string word(text_.substr(at_, end - at_));
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    peek();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    throw broken();
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      std::int64_t value = 0;
      if (peek() < '0' || peek() > '9') throw broken();
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text_[at_] - '0', &value))
          throw broken();
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long
      values.push_back(value);
      if (!accept(',') && peek() != ')') throw broken();
    }
    return values;
  }

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
};

Words read_words(Input& input) {
  std::array<char, 8> start{};
  input.read(start.data(), start.size());
  if (std::string_view(start.data(), magic.size()) != magic)
    throw fail("{}: expected a .npy file, found something else", input.where());
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    throw fail("{}: expected .npy version 1, 2 or 3, found {}", input.where(), version);
  std::array<unsigned char, 4> length{};
  input.read(length.data(), version == 1 ? 2 : 4);
  const std::size_t size = length[0] | length[1] << 8 | length[2] << 16 | std::size_t{length[3]} << 24;
  if (size > largest_header)
    throw fail("{}: expected a header of at most {} bytes, found {}", input.where(), largest_header, size);
  std::string text(size, '\0');
  input.read(text.data(), size);
  return HeaderParser(text, input.where()).parse();
}

void swap_bytes(std::span<std::uint8_t> bytes, std::size_t size) {
  for (std::size_t i = 0; i < bytes.size(); i += size)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
}

/// The product of the shape's sizes; nothing where it, or that of those above 0, is beyond int64.
std::optional<std::int64_t> product_of(std::span<const std::int64_t> shape, std::int64_t factor = 1) {
  std::int64_t product = factor;
  bool none = false;
  for (const auto n : shape) {
    none = none || n == 0;
    if (n < 0 || __builtin_mul_overflow(product, n == 0 ? 1 : n, &product)) return std::nullopt;
  }
  return none ? 0 : product;
}

/// From an array whose first index runs fastest to one whose last does.
std::vector<std::uint8_t> to_c_order(const std::vector<std::uint8_t>& bytes,
                                     const std::vector<std::int64_t>& shape, std::size_t size) {
  std::vector<std::int64_t> strides(shape.size(), 1), index(shape.size(), 0);  // in elements
  for (std::size_t d = 1; d < shape.size(); ++d) strides[d] = strides[d - 1] * shape[d - 1];
  std::vector<std::uint8_t> ordered(bytes.size());
  std::int64_t from = 0;
  for (std::size_t to = 0; to < bytes.size(); to += size) {
    std::memcpy(ordered.data() + to, bytes.data() + static_cast<std::size_t>(from) * size, size);
    for (std::size_t d = shape.size(); d-- > 0;) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return ordered;
}

}  // namespace

std::size_t size_of(NpyType type) {
  return row(type).size;
}
std::string_view name_of(NpyType type) {
  return row(type).name;
}

std::int64_t NpyArray::count() const {
  const auto product = product_of(shape);
  if (!product) throw fail("[npy] shape {} is too large", shape_text());
  return *product;
}

std::string NpyArray::shape_text() const {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string NpyHeader::shape_text() const {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::uint64_t NpyHeader::bytes() const {
  const auto size = product_of(shape, static_cast<std::int64_t>(size_of(type)));
  if (!size) throw fail("[npy] shape {} is too large", shape_text());
  return static_cast<std::uint64_t>(*size);
}

NpyHeader read_npy_header(Input& input) {
  const Words words = read_words(input);
  const std::string_view code =
      std::string_view(words.descr).substr(std::min<std::size_t>(1, words.descr.size()));
  const auto* type =
      std::find_if(types.begin(), types.end(), [&](const TypeName& t) { return t.code == code; });
  const char order = words.descr.empty() ? '\0' : words.descr[0];
  if (type == types.end() || std::string_view("<>|=").find(order) == std::string_view::npos)
    throw fail("{}: expected elements of uint8, int64, float32 or float64, found '{}'", input.where(),
               words.descr);
  constexpr char native = std::endian::native == std::endian::little ? '<' : '>';
  NpyHeader header{.shape = words.shape,
                   .type = type->type,
                   .swapped = (order == '<' || order == '>') && order != native,
                   .fortran = words.fortran_order && words.shape.size() > 1};
  if (!product_of(header.shape, static_cast<std::int64_t>(type->size)))
    throw fail("{}: shape {} is too large", input.where(), header.shape_text());
  input.expect_room(header.bytes());
  return header;
}

void read_npy_elements(Input& input, const NpyHeader& header, std::span<std::uint8_t> bytes) {
  input.read(bytes.data(), bytes.size());
  if (header.swapped) swap_bytes(bytes, size_of(header.type));
}

NpyArray read_npy_array(Input& input, const NpyHeader& header) {
  NpyArray array{.shape = header.shape, .type = header.type, .bytes = {}};
  array.bytes.resize(header.bytes());
  read_npy_elements(input, header, array.bytes);
  input.expect_end();
  if (header.fortran) array.bytes = to_c_order(array.bytes, header.shape, size_of(header.type));
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) {
  Input input(path, "npy");
  const NpyHeader header = read_npy_header(input);
  return read_npy_array(input, header);
}

std::vector<std::int64_t> npy_shape(const std::filesystem::path& path) {
  Input input(path, "npy");
  return read_npy_header(input).shape;
}

std::string npy_prefix(const NpyArray& array, const std::string& where) {
  static_assert(std::endian::native == std::endian::little, "this machine's order is written as '<'");
  const auto& type = row(array.type);
  PF_CHECK(array.bytes.size() == static_cast<std::size_t>(array.count()) * type.size,
           "{}: shape {} of {} does not hold {} bytes", where, array.shape_text(), type.name,
           array.bytes.size());
  std::string dictionary = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                       type.size == 1 ? '|' : '<', type.code, fmt::join(array.shape, ", "),
                                       array.shape.size() == 1 ? "," : "");
  constexpr std::size_t prefix = 10, alignment = 64;
  dictionary.append((alignment - (prefix + dictionary.size() + 1) % alignment) % alignment, ' ');
  dictionary += '\n';
  PF_CHECK(dictionary.size() < largest_header, "{}: too many dimensions", where);
  return std::string(magic) + '\1' + '\0' + static_cast<char>(dictionary.size() & 0xff) +
         static_cast<char>(dictionary.size() >> 8) + dictionary;
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  const auto prefix = npy_prefix(array, "[npy] " + path.string());
  AtomicFile file(path);
  file.write(prefix);
  file.write(array.bytes.data(), array.bytes.size());
  file.commit();
}

}  // namespace pushforward::data
