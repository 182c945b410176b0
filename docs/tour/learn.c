/* Trains the neuron of neuron.json from C: its answer to (1, 3) shall be 0. */
#include "out/neuron.h"

#include <stdio.h>

int main(void) {
  const double x[] = {1, 3}, y = 0;
  double w[] = {0.5, 0.5}, b = -1, loss, dw[2], db;
  double workspace[1];
  const neuron_learn_args args = {
      .x = x, .y = &y, .w = w, .b = &b, .loss = &loss, .dw = dw, .db = &db};
  for (int step = 0; step <= 20; ++step) {
    const int code = neuron_learn(&args, workspace, sizeof workspace);
    if (code) return fprintf(stderr, "%s\n", neuron_strerror(code)), 1;
    if (step % 5 == 0) printf("step %2d  loss %.6f\n", step, loss);
    for (int i = 0; i < 2; ++i) w[i] -= 0.1 * dw[i];
    b -= 0.1 * db;
  }
  return 0;
}
