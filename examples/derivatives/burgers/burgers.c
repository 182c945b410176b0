/* The training of burgers.json without nnc: the object file holds the initial weights and the
   whole training step, derivatives to third order and random points included. */
#include "burgers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { steps = 3000 };

#define AT(name) ((void *)(weights + burgers_offset_##name))

static int report(int code) {
  if (code != 0) fprintf(stderr, "burgers: %s\n", burgers_strerror(code));
  return code;
}

int main(void) {
  char *weights = malloc(burgers_weights_size);
  const size_t size = burgers_workspace_size();
  void *workspace = malloc(size);
  if (weights == NULL || workspace == NULL) return EXIT_FAILURE;
  memcpy(weights, burgers_weights(), burgers_weights_size);

  double loss, residual, error;
  const burgers_train_args train = {
      .w1 = AT(w1), .b1 = AT(b1), .w2 = AT(w2), .b2 = AT(b2), .w3 = AT(w3), .b3 = AT(b3),
      .rng = AT(rng), .opt_step = AT(opt_step),
      .opt_w1_m = AT(opt_w1_m), .opt_w1_v = AT(opt_w1_v),
      .opt_b1_m = AT(opt_b1_m), .opt_b1_v = AT(opt_b1_v),
      .opt_w2_m = AT(opt_w2_m), .opt_w2_v = AT(opt_w2_v),
      .opt_b2_m = AT(opt_b2_m), .opt_b2_v = AT(opt_b2_v),
      .opt_w3_m = AT(opt_w3_m), .opt_w3_v = AT(opt_w3_v),
      .opt_b3_m = AT(opt_b3_m), .opt_b3_v = AT(opt_b3_v),
      .loss = &loss};
  int code = 0;
  for (int step = 0; step < steps && code == 0; ++step) {
    code = report(burgers_train(&train, workspace, size));
  }
  const burgers_judge_args judge = {
      .w1 = AT(w1), .b1 = AT(b1), .w2 = AT(w2), .b2 = AT(b2), .w3 = AT(w3), .b3 = AT(b3),
      .residual = &residual, .error = &error};
  if (code == 0) code = report(burgers_judge(&judge, workspace, size));
  if (code == 0) printf("loss=%.17g\nresidual=%.17g\nerror=%.17g\n", loss, residual, error);
  free(workspace);
  free(weights);
  return code;
}
