// A folder for one test.
#pragma once

#include <stdlib.h>

#include <filesystem>

#include "pushforward/core/error.h"

namespace pushforward {

/// Made empty, removed with all that is in it when it goes. A base of fixtures.
struct ScratchFolder {
  ScratchFolder() {
    auto name = (std::filesystem::temp_directory_path() / "pushforward-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw fail("no scratch folder {}", name);
    folder = name;
  }
  ~ScratchFolder() { std::filesystem::remove_all(folder); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path folder;
};

}  // namespace pushforward
