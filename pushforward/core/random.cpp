#include "pushforward/core/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace pushforward {
namespace {

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t stream_key(std::uint64_t seed, std::string_view purpose, std::uint64_t counter) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return splitmix64(splitmix64(splitmix64(seed) ^ hash) ^ counter);
}

std::uint64_t uniform_below(std::mt19937_64& engine, std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(engine()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = -bound % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(engine()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double normal01(std::mt19937_64& engine) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform01(engine)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform01(engine));
}

std::vector<std::int64_t> permutation(std::int64_t n, std::mt19937_64 engine) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[uniform_below(engine, i)]);
  return order;
}

}  // namespace pushforward
