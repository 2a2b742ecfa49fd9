#include "pushforward/evaluation/statistics.h"

#include <system_error>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/data/npz.h"

namespace pushforward::evaluation {
namespace {

constexpr const char *tensors_ending = ".safetensors", *arrays_ending = ".npz";
constexpr const char *extractor_key = "pushforward.extractor", *count_key = "pushforward.count",
                     *name_key = "pushforward.data";
constexpr const char *extractor_text = "extractor", *count_array = "n", *name_text = "data";
constexpr const char *mean_array = "mu", *covariance_array = "sigma";

/// What a file holds, before it is looked at.
struct Saved {
  std::string extractor, name;  // "" where it does not say
  std::int64_t count = 0;       // 0 where it does not say
  at::Tensor mean, covariance;
};

Saved from_tensors(const std::string& path) {
  const auto file = checkpoint::load(path);
  const auto *mean = file.find("mean"), *covariance = file.find("covariance");
  const auto extractor = file.metadata.find(extractor_key), count = file.metadata.find(count_key),
             name = file.metadata.find(name_key), none = file.metadata.end();
  if (mean == nullptr || covariance == nullptr || extractor == none || count == none)
    throw fail("{}: expected statistics that --save-statistics wrote, found other tensors", path);
  Saved saved{.extractor = extractor->second,
              .name = name == none ? "" : name->second,
              .mean = *mean,
              .covariance = *covariance};
  try {
    saved.count = std::stoll(count->second);
  } catch (const std::exception&) {
    throw fail("{}: expected a count of samples, found {}", path, count->second);
  }
  return saved;
}

at::Tensor to_tensor(const data::NpyArray& array) {
  return at::tensor(array.values<double>(), at::kDouble).view(array.shape);
}

Saved from_arrays(const std::string& path) {
  const data::Npz file(path);
  for (const auto* name : {mean_array, covariance_array})
    if (!file.has(name))
      throw fail("{}: expected statistics, arrays mu [D] and sigma [D, D], found no {}", file.where(), name);
  Saved saved{.extractor = file.text(extractor_text),
              .name = file.text(name_text),
              .mean = to_tensor(file.read(mean_array)),
              .covariance = to_tensor(file.read(covariance_array))};
  if (!file.has(count_array)) return saved;
  const auto count = file.read(count_array);
  if (count.type != data::NpyType::int64 || count.count() != 1)
    throw fail("{}: expected a count of samples in n, int64 [], found {} {}", file.where(),
               name_of(count.type), count.shape_text());
  saved.count = count.values<std::int64_t>().front();
  return saved;
}

data::NpyArray to_array(const at::Tensor& values) {
  const auto x = values.to(at::kDouble).contiguous();
  return data::NpyArray::of<double>(x.sizes().vec(),
                                    {x.data_ptr<double>(), static_cast<std::size_t>(x.numel())});
}

}  // namespace

bool is_statistics(const std::string& spec) {
  if (spec.ends_with(tensors_ending)) return true;
  std::error_code ignored;
  if (!spec.ends_with(arrays_ending) || !std::filesystem::is_regular_file(spec, ignored)) return false;
  const data::Npz file(spec);
  return file.has(mean_array) || file.has(covariance_array);
}

Side load_statistics(const std::string& path, const std::function<std::string()>& stated) {
  constexpr std::int64_t fewest = 2;  // that have a covariance, in the place of an unknown number
  const bool arrays = path.ends_with(arrays_ending);
  const auto saved = arrays ? from_arrays(path) : from_tensors(path);
  Side side{.name = saved.name.empty() ? path : fmt::format("{} ({})", path, saved.name),
            .extractor = saved.extractor,
            .count = saved.count,
            .dims = saved.mean.numel()};
  if (side.extractor.empty()) side.extractor = stated ? stated() : values_name;
  try {
    side.statistics = metrics::GaussianStatistics::from(saved.count == 0 ? fewest : saved.count, saved.mean,
                                                        saved.covariance);
  } catch (const Error& error) {
    throw fail("{}: {}", path, error.what());
  }
  return side;
}

void save_statistics(const std::filesystem::path& path, const Side& side) {
  const auto statistics = side.statistics ? *side.statistics : metrics::GaussianStatistics::of(side.features);
  if (path.string().ends_with(tensors_ending))
    return checkpoint::save(
        path, {{"mean", statistics.mean()}, {"covariance", statistics.covariance()}},
        {{extractor_key, side.extractor}, {count_key, std::to_string(side.count)}, {name_key, side.name}});
  if (!path.string().ends_with(arrays_ending))
    throw usage("{}: expected a file ending in .safetensors or .npz to save statistics in", path.string());
  std::vector<std::pair<std::string, data::NpyArray>> arrays{
      {mean_array, to_array(statistics.mean())}, {covariance_array, to_array(statistics.covariance())}};
  if (side.count > 0)
    arrays.emplace_back(count_array, data::NpyArray::of<std::int64_t>({}, {&side.count, 1}));
  std::vector<std::pair<std::string, std::string>> texts{{name_text, side.name}};
  if (side.extractor != values_name) texts.emplace_back(extractor_text, side.extractor);
  data::write_npz(path, arrays, texts);
}

}  // namespace pushforward::evaluation
