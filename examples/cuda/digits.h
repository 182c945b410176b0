// What the programs beside this share: the digits, memory of the device, and the training.
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
inline Digits read_digits(const char* path) {
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

inline void must(bool well, const char* problem) {
  if (well) return;
  std::fprintf(stderr, "%s\n", problem);
  std::exit(1);
}
inline void must(cudaError_t error) { must(error == cudaSuccess, cudaGetErrorString(error)); }

template <class T>
T* on_device(std::size_t bytes, const void* values = nullptr) {
  void* memory = nullptr;
  must(cudaMalloc(&memory, bytes));
  if (values) must(cudaMemcpy(memory, values, bytes, cudaMemcpyHostToDevice));
  return static_cast<T*>(memory);
}

// What a compiled training is called with: a function, the size of its workspace, its messages.
template <class Args>
struct Training {
  int (*step)(const Args* args, void* workspace, std::size_t workspace_size, cudaStream_t stream);
  std::size_t workspace_size;
  const char* (*message)(int code);
};

// Goes over the digits in batches, a pass after the other, and prints the mean loss of each:
// `PROGRAM digits.csv [EPOCHS]`. `args` has its weights; `loss` points to the member for the loss.
template <class Args, class Loss>
int train(int count, char** words, std::size_t batch, const Training<Args>& training, Args args,
          Loss Args::*loss) {
  must(count > 1, "what is missing: digits.csv [EPOCHS]");
  const Digits digits = read_digits(words[1]);
  must(digits.y.size() >= batch, "there are no digits in this file");
  float* const x = on_device<float>(batch * 64 * sizeof(float));
  std::int32_t* const y = on_device<std::int32_t>(batch * sizeof(std::int32_t));
  args.x = x;
  args.y = y;
  args.*loss = on_device<float>(sizeof(float));
  void* const workspace = on_device<char>(training.workspace_size);
  const int epochs = count > 2 ? std::atoi(words[2]) : 10;
  const std::size_t batches = digits.y.size() / batch;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double sum = 0;
    for (std::size_t b = 0; b < batches; ++b) {
      must(cudaMemcpy(x, &digits.x[b * batch * 64], batch * 64 * sizeof(float),
                      cudaMemcpyHostToDevice));
      must(cudaMemcpy(y, &digits.y[b * batch], batch * sizeof(std::int32_t),
                      cudaMemcpyHostToDevice));
      const int code = training.step(&args, workspace, training.workspace_size, nullptr);
      must(code == 0, training.message(code));
      float value = 0;
      must(cudaMemcpy(&value, args.*loss, sizeof value, cudaMemcpyDeviceToHost));
      sum += value;
    }
    std::printf("epoch %d loss %.4f\n", epoch, sum / static_cast<double>(batches));
  }
  return 0;
}
