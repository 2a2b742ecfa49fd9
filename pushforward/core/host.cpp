#include "pushforward/core/host.h"

#include "pushforward/core/terminal.h"

namespace pushforward {
namespace {

thread_local Host* current = nullptr;  // null: the terminal

}  // namespace

Hosted::Hosted(Host& host) : before_(current) {
  current = &host;
}

Hosted::~Hosted() {
  current = before_;
}

Host& host() {
  return current == nullptr ? terminal() : *current;
}

}  // namespace pushforward
