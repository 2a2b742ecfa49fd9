#include "pushforward/models/data_record.h"

#include <system_error>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/text.h"
#include "pushforward/data/checksum.h"

namespace pushforward::models {
namespace {

std::string sum_of(const at::Tensor& values) {
  if (!values.defined()) return "";
  const auto bytes = values.contiguous();
  return data::sha256({static_cast<const char*>(bytes.data_ptr()), bytes.nbytes()});
}

/// The file or folder that DATA is read from; "" of generated points.
std::string path_of(const data::Spec& spec) {
  if (spec.toy() != nullptr || spec.kind() == data::SpecKind::nothing) return "";
  const auto splits = spec.splits();
  const auto file = splits.empty() ? std::filesystem::path(spec.base()) : *spec.split_file(splits.front());
  std::error_code error;
  const auto path = std::filesystem::canonical(file, error);
  return error ? file.string() : path.string();
}

Json to_json(const DataRecord& record) {
  return {
      {"name", record.name}, {"path", record.path}, {"examples", record.examples}, {"sha256", record.sha256}};
}

DataRecord record_in(const Json& json) {
  return {.name = from_utf8(json.at("name").get<std::string>()),
          .path = from_utf8(json.at("path").get<std::string>()),
          .examples = json.at("examples"),
          .sha256 = json.at("sha256")};
}

/// "20 examples of /sets/real"
std::string text_of(const DataRecord& record) {
  return fmt::format("{} examples of {}", record.examples, record.path.empty() ? record.name : record.path);
}

}  // namespace

DataRecord record_of(const Examples& set) {
  const auto content = set.shape.text() + sum_of(set.values) + sum_of(set.labels);
  return {.name = set.name,
          .path = path_of(set.spec),
          .examples = set.values.size(0),
          .sha256 = data::sha256(content)};
}

RunData data_of(const Config& config, const Examples& set) {
  RunData data{.set = record_of(set)};
  const auto settings = read_data(config);
  if (settings.test_held_out)
    if (const auto test = test_split(settings.set, settings.resize)) data.test = record_of(*test);
  return data;
}

void write_data(const std::filesystem::path& path, const RunData& data) {
  Json json{{"set", to_json(data.set)}};
  if (data.test) json["test"] = to_json(*data.test);
  write_file(path, to_text(json, 2) + "\n");
}

std::optional<RunData> read_data_record(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return {};
  try {
    const auto json = Json::parse(read_file(path, 1 << 20));
    RunData data{.set = record_in(json.at("set"))};
    if (json.contains("test")) data.test = record_in(json["test"]);
    return data;
  } catch (const Json::exception& error) {
    throw fail(
        "{}: damaged record of the run's data: {}; restore it, or remove it where the data are as they "
        "were",
        path.string(), error.what());
  }
}

void expect_unchanged(const DataRecord& was, const Examples& set, const std::string& whose) {
  const auto now = record_of(set);
  if (now.sha256 == was.sha256) return;
  const auto difference = now.examples != was.examples ? fmt::format("there are {}", text_of(now))
                                                       : fmt::format("what {} holds is other than it was",
                                                                     now.path.empty() ? now.name : now.path);
  throw fail("{} was trained on {}, now {}: restore them, or train another run", whose, text_of(was),
             difference);
}

}  // namespace pushforward::models
