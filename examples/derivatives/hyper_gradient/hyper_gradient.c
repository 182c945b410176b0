/* Tunes the learning rate in a C program: twenty steps along the hyper-gradient, the same steps as
   the function `tune` takes. The network's first weights are inside the object. */
#include "hyper_gradient.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  double log_rate = -3, validation, hyper_gradient, difference, rate;
  const hyper_gradient_slope_args args = {.log_rate = &log_rate,
                                          .validation = &validation,
                                          .hyper_gradient = &hyper_gradient,
                                          .difference = &difference,
                                          .rate = &rate};
  const size_t size = hyper_gradient_workspace_size();
  void *workspace = malloc(size);
  if (workspace == NULL) return EXIT_FAILURE;
  int code = 0;
  for (int step = 0; step < 20 && code == 0; ++step) {
    code = hyper_gradient_slope(&args, workspace, size);
    if (code == 0 && step == 0) {
      printf("validation=%.17g\nhyper_gradient=%.17g\n", validation, hyper_gradient);
      printf("difference=%.17g\nrate=%.17g\n", difference, rate);
    }
    log_rate = log_rate - 3 * hyper_gradient;
  }
  free(workspace);
  if (code != 0) {
    fprintf(stderr, "hyper_gradient: %s\n", hyper_gradient_strerror(code));
    return code;
  }
  printf("validation=%.17g\nhyper_gradient=%.17g\nrate=%.17g\n", validation, hyper_gradient, rate);
  return EXIT_SUCCESS;
}
