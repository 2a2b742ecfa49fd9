// What the original study printed, for comparison: the only numbers of the document that are not computed.
#pragma once

#include <array>
#include <utility>

namespace pushforward::study::printed {

/// Mean log-likelihoods in nats.
inline constexpr double train = 1706.9332, test = 1621.3966, mnist = 890.0156, kmnist = -1850.9489;

/// Of the codes of its autoencoder: mean log-likelihoods in nats, and the loss of the first epoch.
inline constexpr double codes_train = 166.30286, codes_test = 151.63997, codes_mnist = 2.3912132,
                        codes_kmnist = -66.17415, codes_first_loss = -87.72435881169638;

/// DCGAN's losses every hundred batches of epochs 1, 5 and 10: discriminator's (halved) and generator's.
inline constexpr std::array<int, 3> epochs{1, 5, 10};
inline constexpr std::array<std::array<std::pair<double, double>, 10>, 3> losses{{
    {{{.6795, .6267},
      {.0013, 6.2292},
      {.0377, 13.4333},
      {.0849, 2.5734},
      {.3171, 1.1969},
      {.6135, .4932},
      {.2599, 1.8977},
      {.3166, 2.0946},
      {.3741, 1.2295},
      {.4286, 3.1867}}},
    {{{.0929, 2.7903},
      {.0644, 5.1395},
      {.0356, 9.1352},
      {.0611, 3.5596},
      {.2820, 5.9128},
      {.0286, 3.4545},
      {.0779, 3.1224},
      {.0149, 5.2746},
      {.0673, 4.9205},
      {.0418, 4.1381}}},
    {{{.1201, 2.8691},
      {.2373, 1.9228},
      {.2901, 1.7430},
      {.0168, 4.3346},
      {.0110, 4.9771},
      {.0115, 6.4616},
      {.1117, 4.1411},
      {.0411, 3.6966},
      {.0461, 3.6132},
      {.0333, 4.4033}}},
}};

}  // namespace pushforward::study::printed
