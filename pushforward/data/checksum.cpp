#include "pushforward/data/checksum.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

class Digest {
 public:
  Digest(const char* name, const EVP_MD* kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), kind, nullptr) != 1)
      throw fail("cannot compute {}: this OpenSSL does not offer it", name);
  }
  void add(const void* bytes, std::size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  void add_file(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (file == nullptr) throw fail("cannot read {}: {}", path.string(), std::strerror(errno));
    std::vector<unsigned char> buffer(std::size_t{1} << 16);
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get()))
      add(buffer.data(), count);
    if (std::ferror(file.get()) != 0) throw fail("cannot read {}: {}", path.string(), std::strerror(errno));
  }
  std::string digits() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string md5_of_file(const std::filesystem::path& path) {
  Digest digest("md5", EVP_md5());
  digest.add_file(path);
  return digest.digits();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  Digest digest("sha256", EVP_sha256());
  digest.add_file(path);
  return digest.digits();
}

std::string sha256(std::string_view bytes) {
  Digest digest("sha256", EVP_sha256());
  digest.add(bytes.data(), bytes.size());
  return digest.digits();
}

}  // namespace pushforward::data
