/* Judges the trained critic on its own random samples: the object file holds weights, generator,
   network, the gradient inside the penalty and the gradient of that penalty. */
#include "gradient_penalty.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  double distance, penalty, penalty_by_hand, length, difference;
  const gradient_penalty_judge_args args = {.distance = &distance,
                                            .penalty = &penalty,
                                            .penalty_by_hand = &penalty_by_hand,
                                            .length = &length,
                                            .difference = &difference};
  const size_t size = gradient_penalty_workspace_size();
  void *workspace = malloc(size);
  if (workspace == NULL) return EXIT_FAILURE;
  const int code = gradient_penalty_judge(&args, workspace, size);
  free(workspace);
  if (code != 0) {
    fprintf(stderr, "gradient_penalty: %s\n", gradient_penalty_strerror(code));
    return code;
  }
  printf("distance=%.17g\npenalty=%.17g\npenalty_by_hand=%.17g\n", distance, penalty,
         penalty_by_hand);
  printf("length=%.17g\ndifference=%.17g\n", length, difference);
  return EXIT_SUCCESS;
}
