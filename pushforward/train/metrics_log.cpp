#include "pushforward/train/metrics_log.h"

#include <sstream>

#include "pushforward/core/error.h"

namespace pushforward::train {
namespace {

Json object(const nn::Scalars& scalars) {
  Json json = Json::object();
  for (const auto& [name, value] : scalars) json[name] = finite_or_null(value);
  return json;
}

/// The path, after its lines past `step` were cut off.
const std::filesystem::path& cut(const std::filesystem::path& path, std::int64_t step) {
  if (!std::filesystem::exists(path)) return path;
  std::string kept;
  for (const auto& line : read_metrics(path))
    if (line.value("step", std::int64_t{0}) <= step) kept += to_text(line) + "\n";
  write_file(path, step == 0 ? "" : kept);
  return path;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, std::int64_t step) : file_(cut(path, step)) {}

void MetricsLog::step(std::int64_t step, double epoch, double learning_rate, double seconds,
                      const nn::Scalars& scalars) {
  Json line{{"step", step}, {"epoch", epoch}, {"learning_rate", learning_rate}, {"seconds", seconds}};
  line.update(object(scalars));
  file_.write(to_text(line));
}

void MetricsLog::epoch(const Epoch& epoch) {
  Json line{{"step", epoch.step}, {"epoch", epoch.epoch}, {"seconds", epoch.seconds}};
  line["train"] = object(epoch.train);
  if (!epoch.held_out.empty()) line["held_out"] = object(epoch.held_out);
  if (!epoch.measured.empty()) line["measured"] = object(epoch.measured);
  file_.write(to_text(line));
}

std::vector<Json> read_metrics(const std::filesystem::path& path) {
  std::istringstream text(read_file(path));
  std::vector<Json> lines;
  std::string line;
  for (std::int64_t number = 1; std::getline(text, line); ++number) {
    try {
      lines.push_back(Json::parse(line));
      if (!lines.back().is_object()) throw fail("{}:{}: not a JSON object", path.string(), number);
    } catch (const Json::exception&) {
      if (text.peek() != std::istringstream::traits_type::eof())
        throw fail("{}:{}: not JSON", path.string(), number);
    }
  }
  return lines;
}

}  // namespace pushforward::train
