/* What compiled functions may ask of the program that calls them. C99. */
#ifndef NNC_HOST_H
#define NNC_HOST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs piece(data, i) once for each i in 0..count-1, in any order, on any threads, and returns
 * when all are done. The pieces are independent and give the same bits in any order. */
typedef struct nnc_host {
  void* context;
  void (*parallel_for)(void* context, void (*piece)(void* data, int64_t index), void* data,
                       int64_t count);
} nnc_host;

#ifdef __cplusplus
}
#endif
#endif
