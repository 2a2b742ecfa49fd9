/* Pushforward's detectors for C, and for every language that can call C.
 *
 * A detector is a file that `pushforward calibrate` made. It says of an image how odd it is (its score,
 * higher is odder), how often an image like those it was calibrated on scores as high (its p-value), and
 * whether that is at most the false-positive rate that was asked for (its verdict).
 *
 *   pf_error error;
 *   pf_detector* detector = pf_detector_load("detector.pf", &error);
 *   if (detector == NULL) { fprintf(stderr, "%s\n", error.message); return 1; }
 *   if (pf_detector_score(detector, images, n, 1, 28, 28, scores, p_values, verdicts, &error) != 0) ...
 *   pf_detector_free(detector);
 *
 * Link with -lpushforward-c, or pushforward::c of find_package(pushforward COMPONENTS c).
 */
#ifndef PUSHFORWARD_C_PUSHFORWARD_H
#define PUSHFORWARD_C_PUSHFORWARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a call failed: one line, what was expected and what was found, without a newline at its end. Untouched
 * when the call succeeds. Wherever a pf_error* is asked for, NULL will do. */
typedef struct pf_error {
  char message[512];
} pf_error;

/* A calibrated detector. Any number of threads may use one at the same time. */
typedef struct pf_detector pf_detector;

/* The images that a detector takes. */
typedef struct pf_shape {
  int channels, height, width;
} pf_shape;

/* "0.1.0" */
const char* pf_version(void);

/* How many threads a call of pf_detector_score computes with: by default, or for 0, as many as there are
 * processors that the calling thread may run on ($OMP_NUM_THREADS where that is set). It holds inside these
 * calls; what else the process computes with OpenMP or LibTorch keeps its own number. */
void pf_set_threads(int threads);

/* From now on memory that anything in this process frees stays with the process (glibc's mallopt), which
 * makes pf_detector_score faster where page faults are dear (by 1 to 4 times, by machine). Process-wide, so
 * nothing here does it unasked. To be called once, at the start. */
void pf_keep_freed_memory(void);

/* The detector in a file; NULL when there is none, or it is damaged. It scores a few blank images first, so
 * that the first call of pf_detector_score takes no longer than others; set threads before. */
pf_detector* pf_detector_load(const char* path, pf_error* error);

/* NULL is allowed. No other thread may be using it. */
void pf_detector_free(pf_detector* detector);

pf_shape pf_detector_shape(const pf_detector* detector);

/* The score's name: "likelihood". Valid until pf_detector_free. */
const char* pf_detector_name(const pf_detector* detector);

/* What its products are rounded to, as when it was calibrated: "float32", or "bfloat16", which is slow on a
 * processor without instructions for it. */
const char* pf_detector_precision(const pf_detector* detector);

/* Scores above this are foreign. */
double pf_detector_threshold(const pf_detector* detector);

/* The share of familiar images that is promised to be flagged at most. */
double pf_detector_false_positive_rate(const pf_detector* detector);

/* Judges n images: `images` holds n * channels * height * width bytes, image after image, in each channel
 * after channel, rows from the top, pixels from the left. Each of scores, p_values and verdicts (1: foreign,
 * 0: familiar) has room for n numbers, or is NULL when it is not wanted.
 *
 * Returns 0, or 1 when it failed: for images of another shape than pf_detector_shape, and when memory runs
 * out. The outputs are untouched then. */
int pf_detector_score(const pf_detector* detector, const uint8_t* images, size_t n, int channels, int height,
                      int width, double* scores, double* p_values, int* verdicts, pf_error* error);

#ifdef __cplusplus
}
#endif

#endif
