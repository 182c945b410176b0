// What the programs beside this share: the digits, memory of the device, and errors that end them.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

struct Digits {
  std::vector<float> x; // 64 pixels each
  std::vector<std::int32_t> y;
};

// Of a line of numbers with commas the last one is the label.
inline Digits read_digits(const char *path) {
  Digits digits;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line); // names of columns
  while (std::getline(file, line)) {
    std::istringstream numbers(line);
    std::string number;
    for (int i = 0; i < 65 && std::getline(numbers, number, ','); ++i)
      if (i < 64)
        digits.x.push_back(std::stof(number));
      else
        digits.y.push_back(std::stoi(number));
  }
  return digits;
}

inline void must(bool well, const char *problem) {
  if (well) return;
  std::fprintf(stderr, "%s\n", problem);
  std::exit(1);
}
inline void must(cudaError_t error) { must(error == cudaSuccess, cudaGetErrorString(error)); }

inline void *on_device(std::size_t bytes, const void *values = nullptr) {
  void *memory = nullptr;
  must(cudaMalloc(&memory, bytes));
  if (values) must(cudaMemcpy(memory, values, bytes, cudaMemcpyHostToDevice));
  return memory;
}

// One pass over the data in batches: `step` takes where a batch begins on the device and gives a
// code; `loss`, one number there, is what it leaves. Returns the mean.
template <class Step, class Text>
double epoch(const Digits &digits, std::size_t batch, float *x, std::int32_t *y, const float *loss,
             Step step, Text text) {
  const std::size_t batches = digits.y.size() / batch;
  double sum = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    must(cudaMemcpy(x, &digits.x[b * batch * 64], batch * 64 * sizeof(float),
                    cudaMemcpyHostToDevice));
    must(cudaMemcpy(y, &digits.y[b * batch], batch * sizeof(std::int32_t),
                    cudaMemcpyHostToDevice));
    const int code = step();
    must(code == 0, text(code));
    float value = 0;
    must(cudaMemcpy(&value, loss, sizeof value, cudaMemcpyDeviceToHost));
    sum += value;
  }
  return sum / static_cast<double>(batches);
}
