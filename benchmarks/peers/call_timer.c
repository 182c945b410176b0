// Seconds of a call of a function of an nnc object: the median over samples, each the mean of as
// many calls as take about 20 us.
#include <stdlib.h>
#include <time.h>

typedef int (*function)(const void *const *args, void *workspace, size_t size);

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double sample(function f, const void *const *args, void *workspace, size_t size,
                     long calls) {
  const double begin = now();
  for (long i = 0; i < calls; ++i)
    if (f(args, workspace, size)) return -1;
  return (now() - begin) / (double)calls;
}

// Negative where a call fails.
double median_call(function f, const void *const *args, void *workspace, size_t size,
                   double warm_up, double seconds) {
  enum { most = 1 << 20, least = 5 };
  double *samples = malloc(sizeof *samples * most);
  long count = 0, calls = 1;
  double end = now() + warm_up, one = 0;
  do {
    one = sample(f, args, workspace, size, calls);
    if (one > 0 && one * (double)calls < 1e-5) calls *= 2;
  } while (one >= 0 && now() < end);
  end = now() + seconds;
  while (one >= 0 && count < most && (count < least || now() < end))
    one = samples[count++] = sample(f, args, workspace, size, calls);
  qsort(samples, (size_t)count, sizeof *samples, ascending);
  const double median = one < 0 ? -1 : samples[count / 2];
  free(samples);
  return median;
}
