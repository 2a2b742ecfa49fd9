#include "pushforward/evaluation/torchscript.h"

#include <ATen/Parallel.h>
#include <torch/script.h>

#include <array>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/names.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/checksum.h"
#include "pushforward/models/image_size.h"

namespace pushforward::evaluation {
namespace {

/// Of red, green and blue in [0, 1].
struct Standardisation {
  std::array<float, 3> mean, deviation;
};

struct Convention {
  std::string name;
  std::int64_t side;                                 // 0: as they are
  std::int64_t batch;                                // of one thread
  bool inception = false;                            // bytes in, features by a keyword
  data::ResizeMode mode = {};                        // another than the usual one is the only one
  std::optional<Standardisation> standardised = {};  // instead of [0, 1]
  bool unit_length = false;                          // features are divided by their Euclidean length
};

const std::vector<Convention> conventions{
    {.name = "plain", .side = 0, .batch = 64},
    {.name = "inception", .side = 0, .batch = 16, .inception = true},
    {.name = "inception-299", .side = 299, .batch = 16, .inception = true},
    {.name = "dinov2",
     .side = 224,
     .batch = 8,
     .mode = data::ResizeMode::clean,
     .standardised = Standardisation{{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}}},
    {.name = "clip",
     .side = 336,
     .batch = 4,
     .mode = data::ResizeMode::clean,
     .standardised =
         Standardisation{{0.48145466F, 0.4578275F, 0.40821073F}, {0.26862954F, 0.26130258F, 0.27577711F}},
     .unit_length = true}};

/// float32 [3, 1, 1]
at::Tensor by_channel(const std::array<float, 3>& values) {
  return at::tensor(at::ArrayRef<float>(values)).view({3, 1, 1});
}

/// What LibTorch says, without the trace of where it was.
std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  // A module's own error comes last, after its trace.
  const auto own = text.rfind("RuntimeError: ");
  const auto from = own == std::string::npos ? text.find_first_not_of('\n') : own;
  if (from == std::string::npos) return "no reason given";
  return text.substr(from, text.find('\n', from) - from);
}

class TorchScript : public Extractor {
 public:
  TorchScript(const std::filesystem::path& path, const Convention& convention, data::ResizeMode mode)
      : Extractor("torchscript " + convention.name, data::sha256_of_file(path), mode, convention.mode),
        path_(path.string()),
        convention_(convention) {
    try {
      module_ = torch::jit::load(path_);
    } catch (const std::exception& error) {  // c10::Error, or torch::jit::ErrorReport for an unknown operator
      throw fail("{}: expected a TorchScript module, as torch.jit.save writes it: {}", path_,
                 first_line(error));
    }
    module_.eval();
  }

  std::optional<std::pair<std::int64_t, std::int64_t>> size() const override {
    if (convention_.side == 0) return std::nullopt;
    return std::pair(convention_.side, convention_.side);
  }

  Extracted extract(const at::Tensor& images, const std::string& what, bool with_logits) override {
    const auto n = images.size(0), batch = convention_.batch, round = batch * at::get_num_threads();
    std::vector<Extracted> parts(static_cast<std::size_t>((n + batch - 1) / batch));
    const auto one = [&](std::int64_t i) {
      const at::NoGradGuard no_grad;
      parts[static_cast<std::size_t>(i)] =
          run(images.slice(0, i * batch, std::min(n, (i + 1) * batch)), what, with_logits);
    };
    Progress progress("features", n, "images");
    for (std::int64_t start = 0; start < n; start += round) {
      stop_if_interrupted("extracting features");
      const auto stop = std::min(n, start + round);
      at::parallel_for(start / batch, (stop + batch - 1) / batch, 1,
                       [&](std::int64_t first, std::int64_t last) {
                         for (auto i = first; i < last; ++i) one(i);
                       });
      progress.advance(stop - start);
    }
    std::vector<at::Tensor> features, logits;
    for (const auto& part : parts) {
      features.push_back(part.features);
      if (part.logits.defined()) logits.push_back(part.logits);
    }
    return {at::cat(features), logits.empty() ? at::Tensor() : at::cat(logits)};
  }

 private:
  Extracted run(const at::Tensor& images, const std::string& what, bool with_logits) {
    const auto x = prepared(images, what);
    const auto n = x.size(0);
    if (convention_.inception) {
      Extracted extracted{.features = rows(call(x, what, {{"return_features", true}}), n)};
      if (with_logits) extracted.logits = rows(call(x, what, {{"no_output_bias", true}}), n).log();
      return extracted;
    }
    const auto out = call(x, what, {});
    if (!out.isTuple()) return {features(out, n)};
    const auto& both = out.toTupleRef().elements();
    if (both.size() != 2) throw unexpected(fmt::format("a tuple of {}", both.size()));
    return {features(both[0], n), rows(both[1], n)};
  }

  /// What the module is given.
  at::Tensor prepared(const at::Tensor& images, const std::string& what) const {
    const auto side = convention_.side;
    const auto& standardised = convention_.standardised;
    auto x = images;
    if (convention_.inception || standardised) x = models::with_channels(x, 3, what, name());
    if (side > 0) x = models::resized(x, side, side, resize_mode());
    if (convention_.inception) return x.contiguous();
    x = x.to(at::kFloat) / 255;
    if (standardised) x = (x - by_channel(standardised->mean)) / by_channel(standardised->deviation);
    return x;
  }

  at::Tensor features(const torch::jit::IValue& value, std::int64_t n) const {
    const auto found = rows(value, n);
    return convention_.unit_length ? found / found.norm(2, 1, /*keepdim=*/true) : found;
  }

  torch::jit::IValue call(const at::Tensor& x, const std::string& what,
                          const std::unordered_map<std::string, torch::jit::IValue>& keywords) {
    try {
      return module_.forward({x}, keywords);
    } catch (const std::exception& error) {
      throw fail("{} refuses {}, images [{}] by the convention {}: {}", path_, what,
                 fmt::join(x.sizes(), ", "), convention_.name, first_line(error));
    }
  }

  at::Tensor rows(const torch::jit::IValue& value, std::int64_t n) const {
    if (!value.isTensor()) throw unexpected(value.tagKind());
    const auto tensor = value.toTensor();
    if (tensor.dim() < 2 || tensor.size(0) != n || !tensor.is_floating_point())
      throw unexpected(fmt::format("a tensor of {} [{}]", c10::toString(tensor.scalar_type()),
                                   fmt::join(tensor.sizes(), ", ")));
    return tensor.to(at::kFloat).flatten(1);
  }

  Error unexpected(const std::string& found) const {
    return fail("{}: expected features [N, d]{} from forward, found {}", path_,
                convention_.inception ? "" : ", or a tuple of features and logits,", found);
  }

  std::string path_;
  Convention convention_;
  torch::jit::Module module_;
};

}  // namespace

const std::vector<std::string>& convention_names() {
  static const auto names = names_of(conventions);
  return names;
}

std::unique_ptr<Extractor> torchscript_extractor(const std::filesystem::path& path,
                                                 const std::string& convention, data::ResizeMode mode) {
  const auto& how = find_named(conventions, convention, "convention");
  if (!std::filesystem::is_regular_file(path)) throw usage("--features {}: no such file", path.string());
  if (how.side == 0 && mode != data::ResizeMode::pillow_bilinear)
    throw usage("--resize-mode {}: the convention {} does not resize images before the module{}",
                data::name_of(mode), how.name, how.inception ? ", inception-299 does" : "");
  const auto usual = data::ResizeMode{};
  if (how.mode != usual && mode != usual && mode != how.mode)
    throw usage("--resize-mode {}: the convention {} resizes by {}", data::name_of(mode), how.name,
                data::name_of(how.mode));
  return std::make_unique<TorchScript>(path, how, how.mode == usual ? mode : how.mode);
}

}  // namespace pushforward::evaluation
