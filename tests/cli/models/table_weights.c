/* Weights of table.json, embedded or in a file whose path is the argument. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const int32_t i[2] = {3, 0};
  const float v[6] = {1, 2, 3, 4, 5, 6};
  float s = 0;
  table_look_args args = {.i = i, .v = v, .s = &s};
  char *bytes = malloc(table_weights_size);
  void *workspace = malloc(table_workspace_size());
  if (bytes == NULL || workspace == NULL) return EXIT_FAILURE;
  if (argc > 1) {
    FILE *file = fopen(argv[1], "rb");
    if (file == NULL || fread(bytes, 1, table_weights_size, file) != table_weights_size)
      return EXIT_FAILURE;
    fclose(file);
    args.t = (const float *)(bytes + table_offset_t);
  }
  const int code = table_look(&args, workspace, table_workspace_size());
  printf("%s %g\n", table_strerror(code), (double)s);
  free(workspace);
  free(bytes);
  return code;
}
