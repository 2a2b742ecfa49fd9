#pragma once

namespace pushforward {

inline constexpr const char* version = "0.1.0";

}  // namespace pushforward
