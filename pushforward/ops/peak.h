// What this machine can do.
#pragma once

namespace pushforward::ops {

/// The rate of one 2048³ product by oneDNN in this thread's precision, in GFLOP/s, on the threads that the
/// process uses: the practical bound of everything in this library.
double peak_gflops();

}  // namespace pushforward::ops
