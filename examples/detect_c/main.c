/* Judges images, as raw bytes on standard input, by a detector that `pushforward calibrate` made.
 *
 *   zcat t10k-images-idx3-ubyte.gz | tail -c +17 | detect_c detector.pf
 *
 * Prints a line for each image: its number, score, p-value and 1 where it is foreign.
 */
#include <pushforward/c/pushforward.h>
#include <stdio.h>
#include <stdlib.h>

enum { at_once = 1024 };

static int judge(const pf_detector* detector) {
  const pf_shape shape = pf_detector_shape(detector);
  const size_t bytes = (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
  uint8_t* images = malloc(at_once * bytes);
  static double scores[at_once], p_values[at_once];
  static int foreign[at_once];
  size_t n, i, seen = 0, flagged = 0;
  int status = images == NULL;
  while (status == 0 && (n = fread(images, bytes, at_once, stdin)) > 0) {
    pf_error error;
    status = pf_detector_score(detector, images, n, shape.channels, shape.height, shape.width, scores, p_values,
                               foreign, &error);
    if (status != 0) {
      fprintf(stderr, "detect_c: %s\n", error.message);
      break;
    }
    for (i = 0; i < n; ++i) {
      printf("%lu %.6g %.6g %d\n", (unsigned long)(seen + i), scores[i], p_values[i], foreign[i]);
      flagged += (size_t)foreign[i];
    }
    seen += n;
  }
  free(images);
  if (status == 0)
    fprintf(stderr, "%lu of %lu images are foreign (%s, promised of familiar ones: at most %g %%)\n",
            (unsigned long)flagged, (unsigned long)seen, pf_detector_name(detector),
            100 * pf_detector_false_positive_rate(detector));
  return status;
}

int main(int argc, char** argv) {
  pf_error error;
  pf_detector* detector;
  int status;
  if (argc != 2) {
    fprintf(stderr, "usage: detect_c DETECTOR < images, %s\n", "N x C x H x W bytes");
    return 2;
  }
  detector = pf_detector_load(argv[1], &error);
  if (detector == NULL) {
    fprintf(stderr, "detect_c: %s\n", error.message);
    return 1;
  }
  status = judge(detector);
  pf_detector_free(detector);
  return status;
}
