/* Square roots by the loop of newton_root.json, with derivatives and the number of steps. */
#include "newton_root.h"

#include <stdio.h>
#include <stdlib.h>

enum { count = 5 };

static void print(const char *name, const double *values, int n) {
  printf("%s=", name);
  for (int i = 0; i < n; ++i) printf(i > 0 ? " %.17g" : "%.17g", values[i]);
  printf("\n");
}

int main(void) {
  const double a[count] = {1e-6, 0.5, 1, 2, 1e6};
  double root[count], slope[count], implicit[count], curvature[count];
  double root_error, slope_error, curvature_error;
  int64_t steps[count];
  const newton_root_roots_args args = {.a = a,
                                       .root = root,
                                       .steps = steps,
                                       .slope = slope,
                                       .implicit = implicit,
                                       .curvature = curvature,
                                       .root_error = &root_error,
                                       .slope_error = &slope_error,
                                       .curvature_error = &curvature_error};
  const size_t size = newton_root_workspace_size();
  void *workspace = malloc(size);
  if (workspace == NULL) return EXIT_FAILURE;
  const int code = newton_root_roots(&args, workspace, size);
  free(workspace);
  if (code != 0) {
    fprintf(stderr, "newton_root: %s\n", newton_root_strerror(code));
    return code;
  }
  print("root", root, count);
  printf("steps=");
  for (int i = 0; i < count; ++i) printf(i > 0 ? " %d" : "%d", (int)steps[i]);
  printf("\n");
  print("slope", slope, count);
  print("implicit", implicit, count);
  print("curvature", curvature, count);
  print("root_error", &root_error, 1);
  print("slope_error", &slope_error, 1);
  print("curvature_error", &curvature_error, 1);
  return EXIT_SUCCESS;
}
