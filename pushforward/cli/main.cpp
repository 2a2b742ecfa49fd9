// The launcher. Loading LibTorch takes most of half a second, so it waits until a verb is really run: the
// overview and the version come from here, the rest from libpushforward-program.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "pushforward/version.h"

namespace {

struct Line {
  const char* name;
  const char* summary;
};

constexpr Line verbs[] = {
#define PUSHFORWARD_VERB(name, summary) {#name, summary},
#include "pushforward/cli/verbs.inc"
#undef PUSHFORWARD_VERB
};

/// As it is typed: inception_score → inception-score.
std::string verb_name(std::string name) {
  for (auto& c : name)
    if (c == '_') c = '-';
  return name;
}

void print_overview() {
  std::printf(
      "pushforward %s: train, sample, score and judge deep generative models\n\n"
      "usage: pushforward VERB [arguments]       pushforward VERB --help\n\nverbs\n",
      pushforward::version);
  for (const auto& verb : verbs) std::printf("  %-16s %s\n", verb_name(verb.name).c_str(), verb.summary);
  std::printf(
      "\nexamples\n"
      "  pushforward train realnvp --out runs/realnvp\n"
      "  pushforward sample runs/realnvp -n 64 --out grid.png\n"
      "  pushforward ood runs/realnvp --in fashion-mnist:test --out-of mnist:test fashion-mnist:test+invert\n"
      "  pushforward report runs/realnvp\n\n"
      "DATA is a set's name with an optional split and perturbations (fashion-mnist:test+invert), a .npy or "
      ".npz\n"
      "file, an IDX file (.gz or not) or a folder of PNG/JPEG/WebP images. Every verb takes --json, --quiet "
      "and\n"
      "--threads.\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was done is saved).\n");
}

bool printed() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  std::perror("pushforward: cannot write to standard output");
  return false;
}

/// Beside this program (a build) or in ../lib (an installation).
std::string program_library() {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto beside = here / "libpushforward-program.so";
  if (std::filesystem::exists(beside, error)) return beside;
  return here / PUSHFORWARD_LIBRARY_FROM_BIN / "libpushforward-program.so";
}

/// Opens what is closed of the standard three, as a file that is opened later would else take its place, and
/// be written to or read by who means the terminal. Results that nobody receives are an error: standard
/// output is one that cannot be written to.
void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(descriptor, F_GETFD) == -1)
      open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

/// Names the kernels of OpenBLAS, which it chooses when it is loaded: one older than the processor takes
/// those of 2004, with which decompositions in float64, as FID's, take twice the time. Whoever has chosen is
/// obeyed.
void choose_blas_kernels() {
#if defined(__x86_64__)
  const auto* known = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                              __builtin_cpu_supports("avx512dq")
                          ? "SkylakeX"
                      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "Haswell"
                                                                                        : nullptr;
  if (known != nullptr) setenv("OPENBLAS_CORETYPE", known, 0);
#endif
}

/// Until the program takes signals itself (core/interrupt.h) there is nothing to save.
void end_on_signals() {
  const auto end = [](int) {
    constexpr char text[] = "pushforward: interrupted before it began\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text, sizeof text - 1);
    _exit(130);
  };
  std::signal(SIGINT, end);
  std::signal(SIGTERM, end);
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  end_on_signals();
  std::signal(SIGXFSZ, SIG_IGN);  // A file larger than the limit on files is an error, as a full disk is.
  const std::string first = argc > 1 ? argv[1] : "--help";
  if (first == "--help" || first == "-h" || first == "help") {
    print_overview();
    return printed() ? (argc > 1 ? 0 : 2) : 1;
  }
  if (first == "--version") {
    std::printf("pushforward %s\n", pushforward::version);
    return printed() ? 0 : 1;
  }
  // How long a thread of libgomp spins before it sleeps, read when the library is loaded. Its own default,
  // about a millisecond, makes training ten times slower on a machine that others use too.
  setenv("GOMP_SPINCOUNT", "1000", 0);
  choose_blas_kernels();
  void* library = dlopen(program_library().c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    std::fprintf(stderr, "pushforward: cannot load the program: %s\n", dlerror());
    return 1;
  }
  const auto program = reinterpret_cast<int (*)(int, char**)>(dlsym(library, "pushforward_main"));
  if (program == nullptr) {
    std::fprintf(stderr, "pushforward: not the program's library: %s\n", dlerror());
    return 1;
  }
  return program(argc, argv);
}
