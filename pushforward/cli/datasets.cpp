#include "pushforward/cli/reading_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/describe.h"
#include "pushforward/data/fetch.h"
#include "pushforward/data/load.h"
#include "pushforward/data/registry.h"

namespace pushforward::cli {
namespace {

void list(const Program& program) {
  report::Table table{.title = "Data sets",
                      .columns = {{.name = "name", .align = report::Align::kLeft},
                                  {.name = "train", .align = report::Align::kLeft},
                                  {.name = "test", .align = report::Align::kLeft},
                                  {.name = "what", .align = report::Align::kLeft}}};
  for (const auto& status : data::list_datasets()) {
    const auto where = [&](const std::optional<std::filesystem::path>& path) -> std::string {
      if (path) return path->parent_path().string();
      return status.generated ? "generated" : status.fetchable ? "not here: fetch" : "–";
    };
    table.rows.push_back(
        {status.name, where(status.train), status.network ? "–" : where(status.test), status.about});
  }
  std::string looked;
  for (const auto& folder : data::search_path()) looked += (looked.empty() ? "" : ", ") + folder.string();
  table.notes = {"looked in " + looked + "; add folders with $PUSHFORWARD_DATA=FOLDER:FOLDER"};
  program.print({table}, to_json(table));
}

void fetch(const Program& program, const std::vector<std::string>& names, const std::string& destination) {
  const std::filesystem::path root =
      destination.empty() ? data::cache_folder() : std::filesystem::path(destination);
  report::Table table{.title = "Fetched",
                      .columns = {{.name = "name", .align = report::Align::kLeft},
                                  {.name = "folder", .align = report::Align::kLeft}}};
  for (const auto& name : names) data::registry_entry(name);  // A misspelt last name costs no download.
  for (const auto& name : names)
    table.rows.push_back({name, data::fetch(data::registry_entry(name), root).string()});
  program.print({table}, to_json(table));
}

void show_points(const Program& program, const data::Spec& spec) {
  const auto d = data::describe(data::load_points(spec));
  report::Table table{.title = d.name,
                      .columns = {{.name = "dimension"}, {"mean"}, {"sd"}, {"min"}, {"max"}}};
  for (std::size_t i = 0; i < d.mean.size(); ++i)
    table.rows.push_back({i, {d.mean[i], 4}, {d.std[i], 4}, {d.min[i], 4}, {d.max[i], 4}});
  table.notes = {
      fmt::format("{} points, {}", d.count, d.source == "generated" ? d.source : "read from " + d.source)};
  program.print({table}, to_json(d));
}

void show(const Program& program, const data::Spec& spec) {
  if (spec.points()) return show_points(program, spec);
  const auto d = data::describe(data::load_images(spec));
  report::Table table{.title = d.name, .columns = {{.name = "", .align = report::Align::kLeft}, {"value"}}};
  table.rows = {{"images", d.count},   {"shape", fmt::format("{}×{}×{}", d.channels, d.height, d.width)},
                {"mean", {d.mean, 4}}, {"sd", {d.std, 4}},
                {"min", {d.min, 4}},   {"max", {d.max, 4}}};
  for (std::size_t label = 0; label < d.labels.size(); ++label)
    table.rows.push_back(
        {fmt::format("label {}{}", label, label < d.classes.size() ? ", " + d.classes[label] : ""),
         d.labels[label]});
  table.notes = {"read from " + d.source, "pixels in [0, 1]"};
  program.print({table}, to_json(d));
}

}  // namespace

void add_datasets(CLI::App& verb, const Program& program) {
  verb.footer(
      "examples\n"
      "  pushforward datasets\n"
      "  pushforward datasets fetch mnist kmnist\n"
      "  pushforward datasets fetch inception          the network of FID, for --features inception\n"
      "  pushforward datasets show fashion-mnist:test+invert\n"
      "  pushforward datasets show photos/ --resize 64 --upright\n");
  verb.require_subcommand(0, 1);
  auto names = std::make_shared<std::vector<std::string>>();
  auto destination = std::make_shared<std::string>();
  auto spec = std::make_shared<std::string>();
  auto* listing = verb.add_subcommand("list", "Every set that is here or can be fetched (the default)");
  auto* fetching =
      verb.add_subcommand("fetch", "Download sets into the cache, checked against their published sums");
  fetching->add_option("NAME", *names, "Sets to fetch")->required();
  fetching->add_option("--to", *destination, "Folder instead of the user's cache");
  auto reading = std::make_shared<data::Reading>();
  auto* showing = verb.add_subcommand("show", "Count, shape, mean, labels of one set");
  add_reading(*showing, *reading);
  showing->add_option("DATA", *spec, "Images to describe")->required();
  for (auto* sub : {listing, fetching, showing}) sub->fallthrough();
  verb.callback([=, &program] {
    if (fetching->parsed())
      fetch(program, *names, *destination);
    else if (showing->parsed())
      show(program, data::Spec(*spec).with(*reading));
    else
      list(program);
  });
}

}  // namespace pushforward::cli
