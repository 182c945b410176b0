/* Where the figure in programs_test.cpp comes from: gradient descent on the data of
   examples/programs/logistic_regression as its author would write it by hand, gradients by formula,
   every sum in order and in long double.

   cd examples/programs/logistic_regression
   nnc run logistic_regression.json -f data --seed 1 --output-dir out
   cc -std=c99 -O2 ../../../tests/examples/reference/logistic_regression.c -lm -o out/reference
   out/reference out/x.npy out/y.npy out/w.npy
   0.119498462389875 */
#include <math.h>
#include <stdio.h>

enum { rows = 400, features = 784 };
static double x[rows][features], y[rows], w[features], b;

/* The last `count` doubles of a .npy file, which is all of its elements. */
static int read_tail(const char *path, double *into, size_t count) {
  FILE *file = fopen(path, "rb");
  size_t got = 0;
  if (!file) return 0;
  if (fseek(file, -(long)(count * sizeof(double)), SEEK_END) == 0)
    got = fread(into, sizeof(double), count, file);
  fclose(file);
  return got == count;
}

/* The cost; `slope` becomes its gradient, that of b last. */
static double cost(double *slope) {
  static long double sums[features + 1];
  long double total = 0, squares = 0;
  for (int j = 0; j <= features; ++j) sums[j] = 0;
  for (int i = 0; i < rows; ++i) {
    long double z = b;
    for (int j = 0; j < features; ++j) z += (long double)x[i][j] * w[j];
    const long double p = 1 / (1 + expl(-z));
    total += y[i] == 1 ? log1pl(expl(-z)) : log1pl(expl(z));
    for (int j = 0; j < features; ++j) sums[j] += (p - y[i]) * x[i][j];
    sums[features] += p - y[i];
  }
  for (int j = 0; j < features; ++j) {
    squares += (long double)w[j] * w[j];
    slope[j] = (double)(sums[j] / rows + 0.02L * w[j]);
  }
  slope[features] = (double)(sums[features] / rows);
  return (double)(total / rows + 0.01L * squares);
}

int main(int argc, char **argv) {
  static double slope[features + 1];
  if (argc != 4 || !read_tail(argv[1], &x[0][0], rows * features) || !read_tail(argv[2], y, rows) ||
      !read_tail(argv[3], w, features))
    return 1;
  for (int step = 0; step < 10000; ++step) {
    cost(slope);
    for (int j = 0; j < features; ++j) w[j] -= 0.1 * slope[j];
    b -= 0.1 * slope[features];
  }
  printf("%.15g\n", cost(slope));
  return 0;
}
