// The CUDA of this host: what kernels and their launches are written with, for a C++ compiler.
//
// The same source compiles by nvcc, which does not see this folder, and by
//   g++ -x c++ -std=c++17 -ffp-contract=off -I runtime/cuda_host FILE.cu
// linked with the sources of runtime/cuda_host/emulation. With -fsanitize=thread -fsanitize=bounds
// on FILE.cu alone (never on the emulation, and not when linking) every access to memory is checked
// and counted; emulation/interface.h says what is found and how a program reads it.
//
// What a source keeps to:
// - kernels are launched by cudaLaunchKernel(kernel, grid, block, arguments, shared, stream), the
//   template that takes the kernel itself; `<<<>>>` is no C++;
// - dynamic shared memory is one array, `extern __shared__ T dynamic_shared[];`
// - copies past the registers and tensor cores are the functions of tensor_core.h, which a source
//   defines for nvcc itself, under `#ifndef NNC_CUDA_HOST` and outside kernels;
// - float4 and its like are read and written whole where a wide access is meant.
// A launch runs at once, on the thread that calls it, one block after another. One thread of a
// program launches at a time.
#pragma once

#define NNC_CUDA_HOST 1

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __constant__
// Storage of a thread of the program is what the threads of one block, which all run there, share;
// it is static in a kernel without a word, and may follow `extern`.
#define __shared__ thread_local

#include "cuda_runtime_api.h"
#include "device_functions.h"
#include "tensor_core.h"
#include "vector_types.h"
#include "warp_functions.h"
