/* The header is C99, and its functions are found by a C compiler's names. */
#include "pushforward/c/pushforward.h"

int judge_from_c(const char* path, const uint8_t* images, size_t n, double* scores, int* foreign,
                 pf_error* error);

int judge_from_c(const char* path, const uint8_t* images, size_t n, double* scores, int* foreign,
                 pf_error* error) {
  pf_detector* detector = pf_detector_load(path, error);
  pf_shape shape;
  int status;
  if (detector == NULL) return 1;
  shape = pf_detector_shape(detector);
  status = pf_detector_score(detector, images, n, shape.channels, shape.height, shape.width, scores, NULL,
                             foreign, error);
  pf_detector_free(detector);
  return status;
}
