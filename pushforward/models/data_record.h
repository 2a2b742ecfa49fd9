// What a run's data were when it was trained on them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pushforward/core/json.h"
#include "pushforward/models/examples.h"

namespace pushforward::models {

/// A set, told from every other by its content.
struct DataRecord {
  std::string name;           // as it was asked for
  std::string path;           // absolute, of its file or folder; "" of one that is drawn on demand
  std::int64_t examples = 0;  // how many
  std::string sha256;         // of shape, values and labels, as the model takes them
  bool operator==(const DataRecord&) const = default;
};

DataRecord record_of(const Examples& set);

/// The data of a run: of data.name the whole, whatever share of it was held out, and, where the test split is
/// held out, that.
struct RunData {
  DataRecord set;
  std::optional<DataRecord> test = {};
};

/// `set` is what data.name names.
RunData data_of(const Config& config, const Examples& set);

void write_data(const std::filesystem::path& path, const RunData& data);
/// Nothing where there is no such file, as in runs that were imported or made by version 0.1.0. Throws Error
/// for one that is damaged.
std::optional<RunData> read_data_record(const std::filesystem::path& path);

/// Throws Error, saying what differs, where a set is not the one that was recorded: `whose` is the run.
void expect_unchanged(const DataRecord& was, const Examples& set, const std::string& whose);

}  // namespace pushforward::models
