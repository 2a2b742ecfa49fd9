#include "pushforward/checkpoint/header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <tuple>

#include "pushforward/core/error.h"
#include "pushforward/core/json.h"
#include "pushforward/core/text.h"

namespace pushforward::checkpoint {
namespace {

constexpr std::size_t max_depth = 3;
constexpr std::size_t max_dims = 64;  // TensorIterator's limit
constexpr const char* metadata_key = "__metadata__";

struct DtypeName {
  const char* name;
  at::ScalarType dtype;
};
constexpr std::array dtypes = {
    DtypeName{"BOOL", at::kBool},  DtypeName{"U8", at::kByte},       DtypeName{"I8", at::kChar},
    DtypeName{"I16", at::kShort},  DtypeName{"I32", at::kInt},       DtypeName{"I64", at::kLong},
    DtypeName{"F16", at::kHalf},   DtypeName{"BF16", at::kBFloat16}, DtypeName{"F32", at::kFloat},
    DtypeName{"F64", at::kDouble},
};

// Sorted maps: insertion into ordered ones takes linear time, too long for a hostile header.
using SortedJson = nlohmann::json;

struct Parsed {
  SortedJson json;
  std::vector<std::string> names;  // of the outermost object, as they came
};

/// Parses with every name seen once and nothing nested deeper than a shape.
Parsed parse_json(std::string_view text, const std::string& path) {
  Parsed parsed;
  std::vector<std::set<std::string>> seen;
  const auto check = [&](int depth, SortedJson::parse_event_t event, SortedJson& value) {
    const auto level = static_cast<std::size_t>(depth);
    if (level > max_depth) throw damaged("{}: its header is nested too deeply", path);
    if (event == SortedJson::parse_event_t::object_start) {
      seen.resize(level + 2);
      seen[level + 1].clear();
    } else if (event == SortedJson::parse_event_t::key) {
      const auto name = value.get<std::string>();
      if (!seen[level].insert(name).second)
        throw damaged("{}: {} stands in its header twice", path, quote(name));
      if (level == 1) parsed.names.push_back(name);
    }
    return true;
  };
  try {
    parsed.json = SortedJson::parse(text.begin(), text.end(), check);
  } catch (const SortedJson::exception&) {
    throw damaged("{}: its header is not JSON: damaged, or not a safetensors file", path);
  }
  if (!parsed.json.is_object()) throw damaged("{}: its header is not a JSON object", path);
  return parsed;
}

/// Reads one tensor's description; `where` is the path and the tensor's name.
Entry parse_entry(const std::string& name, const SortedJson& json, std::uint64_t data_bytes,
                  const std::string& where) {
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets"))
    throw damaged("{} is described by something other than dtype, shape and data_offsets", where);

  Entry entry{.name = name};
  const auto dtype = std::find_if(dtypes.begin(), dtypes.end(),
                                  [&](const DtypeName& known) { return json["dtype"] == known.name; });
  if (dtype == dtypes.end())
    throw fail("{} has dtype {}; BOOL, U8, I8, I16, I32, I64, F16, BF16, F32 and F64 can be read", where,
               quote(json["dtype"].is_string() ? json["dtype"].get<std::string>() : json["dtype"].dump()));
  entry.dtype = dtype->dtype;

  const auto& shape = json["shape"];
  if (!shape.is_array() || shape.size() > max_dims)
    throw damaged("{} has a shape that is not a list of at most {} sizes", where, max_dims);
  // Zeros are left out of `extent`, so that no stride can overflow either.
  std::uint64_t bytes = c10::elementSize(entry.dtype), extent = bytes;
  for (const auto& size : shape) {
    constexpr std::uint64_t largest_size = std::numeric_limits<std::int64_t>::max();
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > largest_size / extent)
      throw damaged("{} has a size that is negative, fractional or overflows", where);
    const auto n = size.get<std::uint64_t>();
    bytes *= n;
    extent *= std::max<std::uint64_t>(n, 1);
    entry.shape.push_back(static_cast<std::int64_t>(n));
  }

  const auto& offsets = json["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    throw damaged("{} has data_offsets that are not two numbers", where);
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  if (entry.begin > entry.end)
    throw damaged("{} ends at byte {} before it begins at {}", where, entry.end, entry.begin);
  if (entry.end > data_bytes)
    throw damaged("{} ends at byte {} of the data, but the file is cut short: it has {}", where, entry.end,
                  data_bytes);
  if (entry.end - entry.begin != bytes)
    throw damaged("{} needs {} bytes by its shape and dtype, but its offsets give it {}", where, bytes,
                  entry.end - entry.begin);
  return entry;
}

Metadata parse_metadata(const SortedJson& json, const std::string& path) {
  if (!json.is_object()) throw damaged("{}: its __metadata__ is not a table of strings", path);
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) throw damaged("{}: {} in its __metadata__ is not a string", path, quote(key));
    metadata[from_utf8(key)] = from_utf8(value.get<std::string>());
  }
  return metadata;
}

void check_tiling(const std::vector<Entry>& entries, std::uint64_t data_bytes, const std::string& path) {
  std::vector<const Entry*> order;
  for (const auto& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->begin, a->end) < std::tie(b->begin, b->end);
  });
  std::uint64_t position = 0;
  for (const auto* entry : order) {
    if (entry->begin != position)
      throw damaged("{}: tensor {} begins at byte {} of the data, expected {}: they overlap or leave a gap",
                    path, quote(entry->name), entry->begin, position);
    position = entry->end;
  }
  if (position != data_bytes)
    throw damaged("{}: its tensors end at byte {} of the data, but {} are there", path, position, data_bytes);
}

}  // namespace

std::string quote(const std::string& name) {
  constexpr std::size_t longest = 100;
  const auto shown = name.size() <= longest ? name : name.substr(0, longest) + "…";
  return Json(shown).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string format_header(const Header& header) {
  Json json;
  auto& metadata = json[metadata_key] = Json::object();
  metadata[sum_key] = std::string(sum_digits, '0');
  metadata[file_key] = "1";
  for (const auto& [key, value] : header.metadata) metadata[to_utf8(key)] = to_utf8(value);
  for (const auto& entry : header.entries) {
    const auto dtype = std::find_if(dtypes.begin(), dtypes.end(),
                                    [&](const DtypeName& known) { return known.dtype == entry.dtype; });
    PF_CHECK(dtype != dtypes.end(), "[checkpoint] tensor {} has dtype {}, which safetensors does not know",
             quote(entry.name), c10::toString(entry.dtype));
    json[to_utf8(entry.name)] = {
        {"dtype", dtype->name}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
  }
  auto text = json.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

Header parse_header(std::string_view text, std::uint64_t data_bytes, const std::string& path) {
  const auto [json, names] = parse_json(text, path);
  Header header;
  for (const auto& name : names) {
    if (name == metadata_key)
      header.metadata = parse_metadata(json[name], path);
    else
      header.entries.push_back(parse_entry(from_utf8(name), json[name], data_bytes,
                                           fmt::format("{}: tensor {}", path, quote(name))));
  }
  check_tiling(header.entries, data_bytes, path);
  return header;
}

}  // namespace pushforward::checkpoint
