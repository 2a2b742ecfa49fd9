// Features of sets of any size.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <vector>

namespace pushforward::evaluation {

/// Gathers rows part by part. Beyond `in_memory` bytes they lie in a file without a name, in $TMPDIR or
/// /var/tmp, which `all` maps: its pages are memory that the system takes back whenever it is short.
class FeatureRows {
 public:
  static constexpr std::size_t usual_in_memory = std::size_t{128} << 20;

  explicit FeatureRows(std::size_t in_memory = usual_in_memory) : in_memory_(in_memory) {}

  /// float32 [n, D]. Throws Error for another D than before, and for a full disk.
  void add(const at::Tensor& rows);

  /// float32 [N, D]; undefined where nothing was added.
  at::Tensor all();

 private:
  void write(const at::Tensor& rows);

  std::size_t in_memory_, bytes_ = 0;
  std::int64_t rows_ = 0, dims_ = 0;
  std::vector<at::Tensor> parts_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, std::fclose};
};

}  // namespace pushforward::evaluation
