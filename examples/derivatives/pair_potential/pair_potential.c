/* Forces on three atoms from the learned potential, as a molecular dynamics program would ask for
   them, and the mismatch that its training lessens. The trained weights are inside the object. */
#include "pair_potential.h"

#include <stdio.h>
#include <stdlib.h>

enum { numbers = 9 };

static void print(const char *name, const double *values, int count) {
  printf("%s=", name);
  for (int i = 0; i < count; ++i) printf(i > 0 ? " %.17g" : "%.17g", values[i]);
  printf("\n");
}

int main(void) {
  const double cluster[numbers] = {0, 0, 0, 1.1, 0.1, -0.2, 0.3, 1.2, 0.4};
  double force[numbers], difference[numbers], force_true[numbers], mismatch, slope;
  const size_t size = pair_potential_workspace_size();
  void *workspace = malloc(size);
  if (workspace == NULL) return EXIT_FAILURE;

  const pair_potential_forces_args forces = {.cluster = cluster,
                                             .force = force,
                                             .difference = difference,
                                             .force_true = force_true};
  const pair_potential_matching_args matching = {
      .cluster = cluster, .mismatch = &mismatch, .slope = &slope};
  int code = pair_potential_forces(&forces, workspace, size);
  if (code == 0) code = pair_potential_matching(&matching, workspace, size);
  free(workspace);
  if (code != 0) {
    fprintf(stderr, "pair_potential: %s\n", pair_potential_strerror(code));
    return code;
  }
  print("force", force, numbers);
  print("difference", difference, numbers);
  print("force_true", force_true, numbers);
  print("mismatch", &mismatch, 1);
  print("slope", &slope, 1);
  return EXIT_SUCCESS;
}
