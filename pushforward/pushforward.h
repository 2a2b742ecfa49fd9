// The whole library. Rooms in dependency order; each header says what it holds.
#pragma once

#include "pushforward/version.h"

// core: errors, files, random streams, configuration, progress
#include "pushforward/core/config.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/json.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/core/threads.h"

// data: sets of images and points, from files to batches
#include "pushforward/data/describe.h"
#include "pushforward/data/fetch.h"
#include "pushforward/data/image_stream.h"
#include "pushforward/data/images.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/points.h"
#include "pushforward/data/registry.h"
#include "pushforward/data/resize.h"
#include "pushforward/data/spec.h"
#include "pushforward/data/toys.h"

// checkpoint: named tensors in files
#include "pushforward/checkpoint/restore.h"
#include "pushforward/checkpoint/safetensors.h"

// ops, nn: kernels and the modules made of them
#include "pushforward/nn/batch_norm.h"
#include "pushforward/nn/classifier.h"
#include "pushforward/nn/conv.h"
#include "pushforward/nn/cross_entropy.h"
#include "pushforward/nn/density.h"
#include "pushforward/nn/descent.h"
#include "pushforward/nn/ema.h"
#include "pushforward/nn/linear.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/mlp.h"
#include "pushforward/nn/module.h"
#include "pushforward/nn/optimiser.h"
#include "pushforward/nn/size.h"
#include "pushforward/nn/snapshot.h"
#include "pushforward/nn/spectral_norm.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/ops/adam.h"
#include "pushforward/ops/affine.h"
#include "pushforward/ops/batch_norm.h"
#include "pushforward/ops/conv.h"
#include "pushforward/ops/features.h"
#include "pushforward/ops/linear.h"
#include "pushforward/ops/rmsprop.h"

// flows: densities with exact likelihoods
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/bijector.h"
#include "pushforward/flows/conditioner.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/flows/models.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/squeeze.h"
#include "pushforward/flows/standardise.h"
#include "pushforward/flows/transformer.h"

// autoencoders: codes, and flows on them
#include "pushforward/autoencoders/autoencoder.h"
#include "pushforward/autoencoders/latent_flow.h"
#include "pushforward/autoencoders/latent_training.h"
#include "pushforward/autoencoders/reconstruction.h"

// gans: adversarial models
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/gans/objective.h"
#include "pushforward/gans/regulariser.h"
#include "pushforward/gans/sampling.h"
#include "pushforward/gans/verdict.h"

// metrics, ood: judging models, and judging images by them
#include "pushforward/metrics/assignment.h"
#include "pushforward/metrics/coverage.h"
#include "pushforward/metrics/diversity.h"
#include "pushforward/metrics/energy_distance.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/frechet.h"
#include "pushforward/metrics/gaussian_divergence.h"
#include "pushforward/metrics/histogram_divergence.h"
#include "pushforward/metrics/inception_score.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/kernel_discrepancy.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/nearest_neighbour_divergence.h"
#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/pixel_statistics.h"
#include "pushforward/metrics/precision_recall.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/sinkhorn.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/ood/calibration.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/outputs.h"

// train: the loop
#include "pushforward/train/fit.h"
#include "pushforward/train/metrics_log.h"
#include "pushforward/train/run_folder.h"
#include "pushforward/train/schedule.h"

// report: plots, grids, films, tables, pages
#include "pushforward/report/animation.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/film_strip.h"
#include "pushforward/report/grid.h"
#include "pushforward/report/html.h"
#include "pushforward/report/machine.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/table.h"

// models: what a configuration describes, made and scored
#include "pushforward/models/examples.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/model.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/run.h"
#include "pushforward/models/scoring.h"

// detection: which images are foreign, as a study and as one file
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/detection/judge.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/detection/unseen.h"

// evaluation: how good samples are
#include "pushforward/evaluation/divergence_study.h"
#include "pushforward/evaluation/evaluation.h"
#include "pushforward/evaluation/extractor.h"
#include "pushforward/evaluation/sample_source.h"

// runs: training in a folder or in one call, its pictures and its page
#include "pushforward/runs/adversarial.h"
#include "pushforward/runs/benchmark.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/maximum_likelihood.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"
