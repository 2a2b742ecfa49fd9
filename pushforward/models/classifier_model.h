// Classifiers of images, as the program handles them.
#pragma once

#include "pushforward/models/model.h"
#include "pushforward/nn/classifier.h"

namespace pushforward::models {

/// kind = "classifier": the network of nn/classifier.h, [model] classes and filters; [train] beta1, beta2,
/// epsilon, flip. It needs labelled images of at least 16 pixels a side, and neither samples nor scores.
Unfinished make_classifier(const Config& config, const Shape& shape);

/// Proposes model.classes: one more than the largest label.
void complete_classifier(Config& config, const Examples& set);

/// Images uint8 [N, C, H, W] of the network's shape → float32 [N, d + K], features and then logits, in
/// batches. Throws Interrupted after Ctrl-C.
at::Tensor features_and_logits(nn::Classifier& network, const at::Tensor& images);

}  // namespace pushforward::models
