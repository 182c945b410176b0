/* Reads an image of 8x8 pixels (64 numbers of 0..16) and prints the ten logits of the network that
   the quick start trained, then the digit. Needs nothing but the object file and its header, which
   `nnc compile` wrote with the weights inside.
   usage: digits [FILE] < pixels      FILE receives the logits as ten raw floats */
#include "digits_mlp.h"

#include <stdio.h>
#include <stdlib.h>

enum { pixels = 64, classes = 10 };

static int read_pixels(float *x) {
  for (int i = 0; i < pixels; ++i) {
    if (scanf("%f%*[ ,\n]", &x[i]) != 1) {
      fprintf(stderr, "digits: %d numbers of %d\n", i, pixels);
      return 0;
    }
  }
  return 1;
}

static int write_raw(const char *path, const float *logits) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return 0;
  const size_t written = fwrite(logits, sizeof(float), classes, file);
  return (fclose(file) == 0) && written == classes;
}

static int largest(const float *logits) {
  int best = 0;
  for (int i = 1; i < classes; ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

int main(int argc, char **argv) {
  float x[pixels], logits[classes];
  if (!read_pixels(x)) return EXIT_FAILURE;

  /* The caller owns all memory: the module allocates nothing. */
  const size_t size = digits_mlp_workspace_size();
  void *workspace = malloc(size > 0 ? size : 1);
  if (workspace == NULL) return EXIT_FAILURE;
  const digits_mlp_predict_args args = {.x = x, .logits = logits};
  const int status = digits_mlp_predict(&args, workspace, size);
  free(workspace);
  if (status != 0) {
    fprintf(stderr, "digits: %s\n", digits_mlp_strerror(status));
    return EXIT_FAILURE;
  }

  for (int i = 0; i < classes; ++i) printf("%s%.5g", i > 0 ? " " : "", (double)logits[i]);
  printf("\ndigit: %d\n", largest(logits));
  if (argc > 1 && !write_raw(argv[1], logits)) {
    fprintf(stderr, "digits: cannot write %s\n", argv[1]);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
