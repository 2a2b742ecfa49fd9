// Bytes in LZMA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pushforward::runs {

/// How many bytes a .lzma file of these takes (Igor Pavlov's LZMA, by libarchive); 0 where libarchive was
/// built without it. Throws Error when it fails.
std::size_t lzma_size(std::span<const std::uint8_t> bytes);

}  // namespace pushforward::runs
