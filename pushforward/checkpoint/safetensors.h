// Named tensors in a file: safetensors, the format that PyTorch users exchange weights in.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::checkpoint {

/// Tensors by name, in an order that is kept.
using Tensors = std::vector<std::pair<std::string, at::Tensor>>;
using Metadata = std::map<std::string, std::string>;

/// A file whose bytes are not those that were written.
class Damaged : public Error {
 public:
  using Error::Error;
};

struct File {
  std::string path;  ///< Where it was read from, for messages.
  Tensors tensors;   ///< Contiguous, on the CPU, in the order of the file's header.
  Metadata metadata;

  /// The tensor of that name, or nullptr.
  const at::Tensor* find(const std::string& name) const;
};

/// Writes `tensors` (bool, integers, half, bfloat16, float or double; any strides, any device) and
/// `metadata`, atomically: after a crash, a kill or a full disk the old file is still there, whole. The
/// same input gives the same bytes. No more than one tensor at a time is copied, and only one that is
/// not contiguous on the CPU.
///
/// Layout: u64 header length, JSON header, data; little endian; the header is padded with spaces so that
/// the data begin at a multiple of 8. Two keys are added to the metadata, and taken out again by `load`:
/// `pushforward.crc32`, first in the header, is the CRC-32 (as zlib's) of the whole file with its own
/// eight hexadecimal digits read as zeros; `pushforward.file` says that such a sum must be there, so that
/// damage to the one key is found by the other. Every other byte is covered by the sum.
///
/// Throws Error naming the path or the tensor.
void save(const std::filesystem::path& path, const Tensors& tensors, const Metadata& metadata = {});

/// Reads a file written by `save` or by anyone else; the sum is verified where there is one. Nothing is
/// allocated that the file's size does not cover. Throws Damaged or Error for a file that is cut short,
/// damaged or malformed: header longer than 16 MiB or than the file, not JSON, names given twice, offsets out
/// of range, overlapping or with gaps, sizes that disagree with shape and dtype, dtypes unknown to torch.
File load(const std::filesystem::path& path);

}  // namespace pushforward::checkpoint
