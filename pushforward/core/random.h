// Random streams: one per purpose, all derived from one seed.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace pushforward {

/// The key of the stream `purpose` at position `counter` under `seed` (splitmix64 over FNV-1a of the
/// purpose). Streams are functions of what they are for and where they are, not of what was drawn
/// before, so a resumed run needs no generator state: the epoch or step number is the state.
std::uint64_t stream_key(std::uint64_t seed, std::string_view purpose, std::uint64_t counter = 0);

/// A torch-free engine on that stream, the same on every machine.
inline std::mt19937_64 stream(std::uint64_t seed, std::string_view purpose, std::uint64_t counter = 0) {
  return std::mt19937_64(stream_key(seed, purpose, counter));
}

/// An unbiased draw from [0, bound), by Lemire's multiplication (std's distributions differ by library).
std::uint64_t uniform_below(std::mt19937_64& engine, std::uint64_t bound);

/// A draw from U[0, 1) with 53 bits.
inline double uniform01(std::mt19937_64& engine) {
  return static_cast<double>(engine() >> 11) * 0x1p-53;
}

/// A draw from N(0, 1) (Box-Muller).
double normal01(std::mt19937_64& engine);

/// The numbers 0 … n−1 in random order (Fisher-Yates).
std::vector<std::int64_t> permutation(std::int64_t n, std::mt19937_64 engine);

}  // namespace pushforward
