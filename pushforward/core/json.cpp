#include "pushforward/core/json.h"

#include "pushforward/core/text.h"

namespace pushforward {
namespace {

Json in_utf8(const Json& document) {
  if (document.is_string()) return to_utf8(document.get_ref<const std::string&>());
  if (!document.is_structured()) return document;
  Json copy = document.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : document.items()) {
    if (document.is_array())
      copy.push_back(in_utf8(value));
    else
      copy[to_utf8(key)] = in_utf8(value);
  }
  return copy;
}

}  // namespace

std::string to_text(const Json& document, int indent) {
  try {
    auto text = document.dump(indent);
    if (!has_bytes(text)) return text;
  } catch (const Json::type_error&) {  // some string is not UTF-8
  }
  return in_utf8(document).dump(indent);
}

}  // namespace pushforward
