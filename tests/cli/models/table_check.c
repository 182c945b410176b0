/* Calls the functions of table.json as a C program does, rightly and wrongly. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static void expect(int holds, const char *what) {
  if (holds) return;
  printf("FAILED: %s\n", what);
  ++failures;
}

static void expect_message(int code, const char *part) {
  expect(code != 0, part);
  if (strstr(table_strerror(code), part) == NULL) {
    printf("FAILED: '%s' in '%s'\n", part, table_strerror(code));
    ++failures;
  }
}

int main(void) {
  const int32_t i[2] = {3, 0}, outside[2] = {1, 4};
  const float v[6] = {1, 2, 3, 4, 5, 6};
  float t[13], s = 0;
  int32_t calls = 5;
  for (int k = 0; k < 12; ++k) t[k] = 1;
  const size_t size = table_workspace_size();
  /* Any alignment will do. */
  char *memory = malloc(size + 1);
  if (memory == NULL) return EXIT_FAILURE;
  void *workspace = memory + 1;
  memset(memory, 0x5a, size + 1);

  table_step_args args = {.i = i, .v = v, .t = t, .calls = &calls, .s = &s};
  expect(table_abi_version() == table_ABI_VERSION, "one ABI version");
  expect(strstr(table_signature_json(), "\"name\":\"step\"") != NULL, "step in the signature");
  expect(table_step(&args, workspace, size) == 0, "a call");
  expect(s == 21 && t[0] == 2 && t[11] == 2 && calls == 6, "outputs and updates");
  expect(table_step(&args, workspace, size) == 0 && s == 42 && calls == 7, "a second call");

  expect_message(table_step(NULL, workspace, size), "args is NULL");
  expect_message(table_step(&args, NULL, size), "workspace");
  expect_message(table_step(&args, workspace, table_step_workspace_size() - 1), "workspace");
  args.v = NULL;
  expect_message(table_step(&args, workspace, size), "'v' is NULL");
  args.v = v;
  args.s = t + 3;
  expect_message(table_step(&args, workspace, size), "'t', which is written, overlaps");
  args.s = (float *)&v[5];
  expect_message(table_step(&args, workspace, size), "'s', which is written, overlaps");
  args.s = &s;
  args.calls = (int32_t *)&i[1];
  expect_message(table_step(&args, workspace, size), "'calls', which is written, overlaps");
  args.calls = &calls;
  args.s = &t[12]; /* behind the table, not in it */
  expect(table_step(&args, workspace, size) == 0 && t[12] == 84 && calls == 8, "no overlap");
  args.s = &s;
  args.i = outside;
  expect_message(table_step(&args, workspace, size), "'rows'");
  expect(t[0] == 8 && calls == 8, "a failed call changes nothing");
  expect(strcmp(table_strerror(0), "ok") == 0, "0 is ok");
  expect(strcmp(table_strerror(-1), "unknown code") == 0, "-1 is unknown");
  expect(strcmp(table_strerror(100000), "unknown code") == 0, "100000 is unknown");
  free(memory);
  printf("%s\n", failures == 0 ? "fine" : "failed");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
