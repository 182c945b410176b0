/* Loss, gradient and Hessian times gradient of newton_cg.json at its first weights, for the table
   whose path is the argument. */
#include "newton_cg.h"

#include <stdio.h>
#include <stdlib.h>

enum { rows = 569, features = 30 };

static double x[rows * features], y[rows];

static int read_table(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  int character = 0;
  while (character != '\n' && character != EOF) character = fgetc(file); /* the header */
  int good = 1;
  for (int i = 0; i < rows && good; ++i) {
    for (int k = 0; k < features && good; ++k) {
      good = fscanf(file, "%lf,", &x[i * features + k]) == 1;
    }
    if (good) good = fscanf(file, "%lf", &y[i]) == 1;
  }
  fclose(file);
  return good;
}

static void print(const char *name, const double *values, int count) {
  printf("%s=", name);
  for (int i = 0; i < count; ++i) printf(i > 0 ? " %.17g" : "%.17g", values[i]);
  printf("\n");
}

int main(int argc, char **argv) {
  if (argc != 2 || !read_table(argv[1])) {
    fprintf(stderr, "usage: newton_cg_c breast_cancer.csv\n");
    return EXIT_FAILURE;
  }
  double loss, g_w[features], g_b, h_w[features], h_b;
  const newton_cg_objective_args objective = {
      .x = x, .y = y, .loss = &loss, .g_w = g_w, .g_b = &g_b};
  const newton_cg_product_args product = {
      .x = x, .y = y, .v_w = g_w, .v_b = &g_b, .h_w = h_w, .h_b = &h_b};
  const size_t size = newton_cg_workspace_size();
  void *workspace = malloc(size);
  if (workspace == NULL) return EXIT_FAILURE;
  int code = newton_cg_objective(&objective, workspace, size);
  if (code == 0) code = newton_cg_product(&product, workspace, size);
  free(workspace);
  if (code != 0) {
    fprintf(stderr, "newton_cg: %s\n", newton_cg_strerror(code));
    return code;
  }
  print("loss", &loss, 1);
  print("g_w", g_w, features);
  print("g_b", &g_b, 1);
  print("h_w", h_w, features);
  print("h_b", &h_b, 1);
  return EXIT_SUCCESS;
}
