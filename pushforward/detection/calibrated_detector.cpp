#include "pushforward/detection/calibrated_detector.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <set>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/core/text.h"
#include "pushforward/data/loader.h"
#include "pushforward/detection/unseen.h"

namespace pushforward::detection {
namespace {

constexpr const char* key = "pushforward.detector";
constexpr const char* scores_name = "calibration.scores";

/// A program that knows no precision reads version 1 alone.
int file_version(ops::Precision precision) {
  return precision == ops::Precision::float32 ? 1 : 2;
}

void expect_images(const models::Examples& set) {
  if (set.shape.points()) throw usage("{}: a detector is for images, found points", set.name);
}

models::Examples load_images(const data::Spec& spec, std::int64_t resize) {
  auto set = models::load_examples(spec, resize);
  expect_images(set);
  return set;
}

struct Shares {
  models::Examples fit, calibrate;
};

/// Divides rows in random order. What calibrates was seen by none of the parts, and is half of what was held
/// out where there are as many.
Shares shares(const Selection& held_out, const std::vector<Part>& parts) {
  const auto fresh = unseen(held_out, parts);
  const auto n = std::ssize(held_out.rows);
  if (fresh.rows.empty())
    throw usage(
        "none of the {} of {} that the run held out is left that was not seen in training by {}: name images "
        "that no model has seen with --data",
        n, held_out.set.name, fmt::join(trained_on(held_out, parts), ", "));
  Selection fit = held_out, calibrate = held_out;
  calibrate.rows.assign(fresh.rows.end() - std::min(std::ssize(fresh.rows), n - n / 2), fresh.rows.end());
  const std::set<std::int64_t> taken(calibrate.rows.begin(), calibrate.rows.end());
  std::erase_if(fit.rows, [&](std::int64_t row) { return taken.contains(row); });
  return {fit.chosen(), calibrate.chosen()};
}

/// What was held out fits, fresh images of the user's calibrate.
Shares shares(const Selection& held_out, const std::vector<Part>& parts, models::Examples fresh) {
  if (const auto names = trained_on(all_of(fresh), parts); !names.empty())
    throw usage("--data {}: seen in training by {}, name images that no model has seen", fresh.name,
                fmt::join(names, ", "));
  if (fresh.spec.source() == held_out.set.spec.source())
    throw usage("--data {}: the run held it out, so leave --data out: one half fits, the other calibrates",
                fresh.name);
  const auto n = fresh.values.size(0);
  const auto unlike = unlike_trained(all_of(fresh), parts);
  if (unlike.rows.empty())
    throw usage(
        "--data {}: all its {} images are among those that {} trained on, name images that no model "
        "has seen",
        fresh.name, n, parts.size() == 1 ? "the run was" : "the run and its companions were");
  if (const auto same = n - std::ssize(unlike.rows); same > 0)
    say("{} of the {} images of {} equal some that were trained on: they are left out", same, n, fresh.name);
  return {held_out.chosen(), unlike.chosen()};
}

/// By its name, or the first of the table that the model serves: there is one, since `filters` needs no
/// model.
std::unique_ptr<ood::Detector> make(std::string& name, const ood::Outputs& model) {
  if (name.empty())
    name = std::ranges::find_if(ood::kinds(), [&](const ood::Kind& kind) {
             return serves(model, kind.needs);
           })->name;
  return make_detector(name, model);
}

Seen seen_of(const Json& json) {
  return {.data = from_utf8(json.at("data").get<std::string>()), .images = json.at("images")};
}

constexpr std::int64_t longest_side = 1 << 14;  // so that an image's numbers are an int's

std::int64_t whole(const Json& json, std::int64_t least, std::int64_t most, const char* what) {
  if (!json.is_number_integer() || json < least || json > most)
    throw fail("expected a {} of {} to {}, found {}", what, least, most, to_text(json));
  return json;
}

models::Shape shape_in(const Json& json) {
  return {.channels = whole(json.at(0), 1, 3, "number of channels"),
          .height = whole(json.at(1), 1, longest_side, "height"),
          .width = whole(json.at(2), 1, longest_side, "width")};
}

std::string model_prefix(std::size_t index) {
  return fmt::format("model.{}.", index);
}

/// Messages leave it to the caller to name the file.
Part read_part(const Json& json, checkpoint::File weights, const models::Shape& shape) {
  Part part{.role = json.at("role"),
            .name = json.at("role"),
            .config = Config::parse(from_utf8(json.at("config").get<std::string>()), "its configuration"),
            .model = {}};
  weights.path = "its model";
  part.model = models::make_model(part.config, models::Weights{weights});
  if (part.model.shape != shape)
    throw fail("its model takes {}, its detector {}", part.model.shape.text(), shape.text());
  return part;
}

}  // namespace

Json to_json(const Seen& seen) {
  return {{"data", seen.data}, {"images", seen.images}};
}

std::filesystem::path detector_file(const train::RunFolder& run) {
  return run.path() / "detector.pf";
}

void CalibratedDetector::fit_and_calibrate(const models::Examples& fit, const models::Examples& calibrate,
                                           double rate) {
  for (const auto* set : {&fit, &calibrate}) {
    if (set->shape != shape_) throw fail("{}, the detector takes {}", set->text(), shape_.text());
    if (set->values.size(0) == 0) throw fail("{}: no images are left to calibrate on", set->name);
  }
  if (detector_->images_per_score() != 1)
    throw usage("{} judges {} images together: calibrate a detector that judges each", name_,
                detector_->images_per_score());
  detector_->fit(fit.values);
  fitted_on_ = {fit.name, fit.values.size(0)};
  calibrated_on_ = {calibrate.name, calibrate.values.size(0)};
  calibration_ = std::make_unique<ood::Calibration>(detector_->score(calibrate.values), rate);
}

CalibratedDetector CalibratedDetector::of_run(const models::Run& run, const Options& options,
                                              const Companions& companions) {
  CalibratedDetector made;
  made.parts_ = parts_of(run, companions);
  made.shape_ = run.shape();
  const auto data = models::read_data(run.config);
  made.resize_ = data.resize;
  auto reading = data.set.reading();
  made.resize_mode_ = reading.mode;
  reading.strict = reading.strict || options.reading.strict;
  reading.upright = reading.upright || options.reading.upright;
  if (options.reading.background) reading.background = options.reading.background;
  made.name_ = options.detector;
  made.detector_ = make(made.name_, ood_outputs(made.parts_));

  auto held_out = divide(run).held_out;
  expect_images(held_out.set);
  if (held_out.rows.size() < 2)
    throw fail(
        "the run held out {} of its images, so that there are none its model has not seen: train it with "
        "data.held_out = \"split\" and data.validation = 0.2",
        held_out.rows.size());
  if (data.test_held_out)
    held_out.rows =
        permutation(std::ssize(held_out.rows), stream(models::read_train(run.config).seed, "calibrate"));
  const auto [fit, calibrate] =
      options.data.empty()
          ? shares(held_out, made.parts_)
          : shares(held_out, made.parts_, load_images(data::Spec(options.data).with(reading), data.resize));
  made.fit_and_calibrate(fit, calibrate, options.false_positive_rate);
  made.by_name_ = !std::ranges::all_of(made.parts_, is_recorded);
  return made;
}

CalibratedDetector CalibratedDetector::of_images(const Options& options, std::uint64_t seed) {
  CalibratedDetector made;
  made.name_ = options.detector;
  made.detector_ = make(made.name_, {});
  const auto set = load_images(data::Spec(options.data).with(options.reading), options.reading.height);
  made.shape_ = set.shape;
  made.resize_ = options.reading.height;
  made.resize_mode_ = options.reading.mode;
  const auto [fit, calibrate] = data::split(set.values.size(0), 0.8, seed);
  made.fit_and_calibrate(Selection{set, fit}.chosen(), Selection{set, calibrate}.chosen(),
                         options.false_positive_rate);
  return made;
}

void CalibratedDetector::save(const std::filesystem::path& path) const {
  const auto held_out = calibration_->held_out();
  nn::NamedTensors tensors;
  auto models = Json::array();
  for (const auto& part : parts_) {
    nn::append(tensors, model_prefix(models.size()), part.model.weights());
    models.push_back({{"role", part.role}, {"config", part.config.resolved()}});
  }
  nn::append(tensors, "detector.", detector_->state());
  tensors.emplace_back(scores_name, at::tensor(at::ArrayRef<double>(held_out.data(), held_out.size()),
                                               at::TensorOptions(at::kDouble)));
  Json json{{"version", file_version(precision_)},
            {"precision", ops::name_of(precision_)},
            {"detector", name_},
            {"false_positive_rate", calibration_->false_positive_rate()},
            {"shape", {shape_.channels, shape_.height, shape_.width}},
            {"resize", resize_},
            {"resize_mode", std::string(data::name_of(resize_mode_))},
            {"fitted_on", to_json(fitted_on_)},
            {"calibrated_on", to_json(calibrated_on_)},
            {"models", models}};
  checkpoint::save(path, tensors, {{key, to_text(json)}});
}

CalibratedDetector CalibratedDetector::load(const std::filesystem::path& path) {
  const auto file = checkpoint::load(path);
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    throw fail("{}: expected a detector that `pushforward calibrate` made, found other tensors",
               path.string());
  CalibratedDetector made;
  try {
    const auto json = Json::parse(found->second);
    const auto precision = json.value("precision", "float32");
    if (precision != "float32" && precision != "bfloat16")
      throw fail("expected float32 or bfloat16 for its precision, found {}", precision);
    made.precision_ = ops::precision_of(precision);
    if (const int written = json.at("version"), wanted = file_version(made.precision_); written != wanted)
      throw fail("expected version {} of the file, found {}: calibrate again with this program", wanted,
                 written);
    made.name_ = json.at("detector").get<std::string>();
    made.shape_ = shape_in(json.at("shape"));
    made.resize_ = whole(json.at("resize"), 0, longest_side, "side to resize images to");
    made.resize_mode_ = data::resize_mode(json.value("resize_mode", "pillow-bilinear"));
    made.fitted_on_ = seen_of(json.at("fitted_on"));
    made.calibrated_on_ = seen_of(json.at("calibrated_on"));
    for (const auto& model : json.at("models"))
      made.parts_.push_back(
          read_part(model, checkpoint::select(file, model_prefix(made.parts_.size())), made.shape_));
    made.detector_ = ood::make_detector(made.name_, ood_outputs(made.parts_));
    made.detector_->restore(checkpoint::select(file, "detector.").tensors);
    const auto* scores = file.find(scores_name);
    if (scores == nullptr || scores->scalar_type() != at::kDouble || scores->dim() != 1)
      throw fail("it lacks the scores that it is calibrated by");
    made.calibration_ = std::make_unique<ood::Calibration>(
        std::span(scores->data_ptr<double>(), static_cast<std::size_t>(scores->numel())),
        json.at("false_positive_rate").get<double>());
  } catch (const Json::exception& error) {
    throw fail("{}: damaged description of a detector: {}", path.string(), error.what());
  } catch (const Error& error) {
    throw fail("{}: {}", path.string(), error.what());
  }
  return made;
}

CalibratedDetector CalibratedDetector::open(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return load(path);
  const auto file = detector_file(train::RunFolder::open(path));
  if (!std::filesystem::exists(file))
    throw fail("{} has no detector: run `pushforward calibrate {}` first", path.string(), path.string());
  return load(file);
}

std::vector<double> CalibratedDetector::score(const at::Tensor& images) const {
  PF_CHECK(images.scalar_type() == at::kByte && images.dim() == 4,
           "[detect] expected images uint8 [N, C, H, W], got {} {}", c10::toString(images.scalar_type()),
           images.sizes());
  const models::Shape given{.channels = images.size(1), .height = images.size(2), .width = images.size(3)};
  if (given != shape_) throw fail("[detect] expected images of {}, found {}", shape_.text(), given.text());
  if (images.size(0) == 0) return {};
  const std::lock_guard lock(workplace_->turn);
  const ops::UsePrecision precision(precision_);
  const ops::UseReusedMemory memory(&workplace_->memory);
  const ops::UseConstantWeights weights(&workplace_->weights);
  return detector_->score(images);
}

void CalibratedDetector::warm_up() const {
  constexpr std::int64_t each = 256;  // images of a thread, as detectors take them at once
  try {
    score(at::zeros({each * at::get_num_threads(), shape_.channels, shape_.height, shape_.width}, at::kByte));
  } catch (const Error&) {  // a NaN of such images says nothing of others
  }
}

}  // namespace pushforward::detection
