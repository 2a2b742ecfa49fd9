// What every module of Pushforward is.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <string>
#include <utility>
#include <vector>

namespace pushforward::nn {

/// LibTorch's module: named parameters, buffers and children.
using Module = torch::nn::Module;

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Parameters, then buffers, under their dotted names, in order of registration (the tensors themselves,
/// not copies).
NamedTensors named_state(const Module& module);

/// Adds `more` to `all`, each name behind `prefix`.
void append(NamedTensors& all, const std::string& prefix, const NamedTensors& more);

/// The name of the first tensor that holds a NaN or an infinity, or "".
std::string first_non_finite(const NamedTensors& tensors);

/// Where a module's parameters (or else its buffers) are; the CPU for a module without.
at::Device device_of(const Module& module);

/// A generator of the CPU, as all draws are made there (random.h), on the stream `key` (core/random.h).
at::Generator generator(std::uint64_t key);

}  // namespace pushforward::nn
