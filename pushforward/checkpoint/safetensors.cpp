#include "pushforward/checkpoint/safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "pushforward/checkpoint/header.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::checkpoint {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little endian");

constexpr std::uint64_t max_header = std::uint64_t{16} << 20;

std::uint32_t crc(std::uint32_t sum, const void* bytes, std::size_t size) {
  if (size == 0) return sum;  // zlib takes a null pointer, which empty tensors have, as "begin anew".
  return static_cast<std::uint32_t>(::crc32_z(sum, static_cast<const Bytef*>(bytes), size));
}

/// The sum of the length and the header, its own digits read as zeros.
std::uint32_t header_sum(const std::string& text) {
  const std::uint64_t size = text.size();
  const auto rest = std::min(text.size(), sum_prefix.size() + sum_digits);
  auto sum = crc(0, &size, sizeof size);
  sum = crc(sum, text.data(), std::min(text.size(), sum_prefix.size()));
  sum = crc(sum, "00000000", sum_digits);
  return crc(sum, text.data() + rest, text.size() - rest);
}

at::Tensor dense(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU).contiguous();
}

Header describe(const Tensors& tensors, const Metadata& metadata) {
  Header header{.metadata = metadata};
  std::set<std::string> names;
  std::uint64_t position = 0;
  for (const auto& [name, tensor] : tensors) {
    PF_CHECK(tensor.defined() && tensor.layout() == at::kStrided,
             "[checkpoint] tensor {} is not a dense tensor", quote(name));
    PF_CHECK(name != "__metadata__" && names.insert(name).second,
             "[checkpoint] tensor name {} is reserved or given twice", quote(name));
    header.entries.push_back(
        {name, tensor.scalar_type(), tensor.sizes().vec(), position, position + tensor.nbytes()});
    position += tensor.nbytes();
  }
  for (const char* key : {sum_key, file_key})
    PF_CHECK(!metadata.contains(key), "[checkpoint] the metadata key {} is reserved", key);
  return header;
}

/// A file read from front to back, summing what passes.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) throw fail("cannot read {}: {}", path_, error.message());
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (file_ == nullptr) throw fail("cannot read {}: {}", path_, std::strerror(errno));
  }

  std::uint64_t size() const { return size_; }
  std::uint32_t sum() const { return sum_; }
  void set_sum(std::uint32_t sum) { sum_ = sum; }

  void read(void* into, std::size_t size) {
    constexpr std::size_t chunk_bytes = std::size_t{1} << 18;  // summed while still in the cache
    for (auto* bytes = static_cast<char*>(into); size > 0;) {
      const std::size_t chunk = std::min(size, chunk_bytes);
      if (std::fread(bytes, 1, chunk, file_.get()) != chunk) {
        if (std::ferror(file_.get())) throw fail("cannot read {}: {}", path_, std::strerror(errno));
        throw fail("{} became shorter while it was read; try again", path_);
      }
      sum_ = crc(sum_, bytes, chunk);
      bytes += chunk;
      size -= chunk;
    }
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::uint64_t size_ = 0;
  std::uint32_t sum_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

std::string read_header(Reader& reader, const std::string& path) {
  std::uint64_t length = 0;
  if (reader.size() < sizeof length)
    throw damaged("{} is cut short: a safetensors file has at least {} bytes, this has {}", path,
                  sizeof length, reader.size());
  reader.read(&length, sizeof length);
  if (length > max_header)
    throw fail(
        "{} is not a safetensors file: its header would have {} bytes, at most {} are expected; save "
        "PyTorch weights with safetensors.torch.save_file",
        path, length, max_header);
  if (length > reader.size() - sizeof length)
    throw damaged("{} is cut short: its header has {} bytes, the file {}", path, length, reader.size());
  std::string text(length, '\0');
  reader.read(text.data(), text.size());
  return text;
}

at::Tensor read_tensor(Reader& reader, const Entry& entry, const std::string& path) {
  auto tensor = at::empty(entry.shape, at::TensorOptions(entry.dtype));
  reader.read(tensor.data_ptr(), tensor.nbytes());
  if (entry.dtype == at::kBool) {
    const auto* bytes = static_cast<const unsigned char*>(tensor.data_ptr());
    if (std::any_of(bytes, bytes + tensor.nbytes(), [](unsigned char byte) { return byte > 1; }))
      throw damaged("{}: tensor {} is BOOL but holds bytes other than 0 and 1", path, quote(entry.name));
  }
  return tensor;
}

}  // namespace

const at::Tensor* File::find(const std::string& name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.first == name; });
  return found == tensors.end() ? nullptr : &found->second;
}

void save(const std::filesystem::path& path, const Tensors& tensors, const Metadata& metadata) {
  auto text = format_header(describe(tensors, metadata));
  PF_CHECK(text.size() <= max_header, "cannot write {}: its header would have {} bytes", path.string(),
           text.size());

  auto sum = header_sum(text);
  for (const auto& [name, tensor] : tensors) {
    const auto values = dense(tensor);
    sum = crc(sum, values.data_ptr(), values.nbytes());
  }
  text.replace(sum_prefix.size(), sum_digits, fmt::format("{:08x}", sum));

  AtomicFile file(path);
  const std::uint64_t length = text.size();
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto& [name, tensor] : tensors) {
    const auto values = dense(tensor);
    file.write(values.data_ptr(), values.nbytes());
  }
  file.commit();
}

File load(const std::filesystem::path& path) {
  File file{.path = path.string()};
  Reader reader(path);
  const auto text = read_header(reader, file.path);
  auto header = parse_header(text, reader.size() - sizeof(std::uint64_t) - text.size(), file.path);

  const auto sum = header.metadata.extract(sum_key);
  const auto marker = header.metadata.extract(file_key);
  if (sum.empty() != marker.empty() || (!sum.empty() && !text.starts_with(sum_prefix)))
    throw damaged("{} is damaged: its header has lost its checksum", file.path);

  // Data are read in the order they lie in, returned in the header's.
  file.metadata = std::move(header.metadata);
  std::vector<std::size_t> order(header.entries.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return header.entries[a].begin < header.entries[b].begin;
  });
  for (const auto& entry : header.entries) file.tensors.emplace_back(entry.name, at::Tensor());
  reader.set_sum(header_sum(text));
  for (const auto i : order) file.tensors[i].second = read_tensor(reader, header.entries[i], file.path);

  if (!sum.empty() && sum.mapped() != fmt::format("{:08x}", reader.sum()))
    throw damaged("{} is damaged: its checksum is {}, its header says {}", file.path,
                  fmt::format("{:08x}", reader.sum()), quote(sum.mapped()));
  return file;
}

}  // namespace pushforward::checkpoint
