// Trains the convolutional network on a GPU: train_cnn digits.csv [EPOCHS]
#include "digits_cnn.cuda.h"
#include "digits.h"

int main(int count, char **words) {
  must(count > 1, "train_cnn digits.csv [EPOCHS]");
  const Digits digits = read_digits(words[1]);
  must(digits.y.size() >= 32, "there are no digits in this file");

  // Params and state of the optimiser: one block, in which each has its offset.
  char *weights = (char *)on_device(digits_cnn_weights_size, digits_cnn_weights());
  float *x = (float *)on_device(32 * 64 * sizeof(float));
  int32_t *y = (int32_t *)on_device(32 * sizeof(int32_t));
  digits_cnn_train_args args = {};
  args.x = x;
  args.y = y;
  args.loss_moved = (float *)on_device(sizeof(float));
#define FROM_WEIGHTS(name) args.name = (decltype(args.name))(weights + digits_cnn_offset_##name)
  FROM_WEIGHTS(k1);
  FROM_WEIGHTS(k2);
  FROM_WEIGHTS(k3);
  FROM_WEIGHTS(c1);
  FROM_WEIGHTS(c2);
  FROM_WEIGHTS(c3);
  FROM_WEIGHTS(w);
  FROM_WEIGHTS(b);
  FROM_WEIGHTS(rng);
  FROM_WEIGHTS(opt_step);
  FROM_WEIGHTS(opt_k1_m);
  FROM_WEIGHTS(opt_k1_v);
  FROM_WEIGHTS(opt_k2_m);
  FROM_WEIGHTS(opt_k2_v);
  FROM_WEIGHTS(opt_k3_m);
  FROM_WEIGHTS(opt_k3_v);
  FROM_WEIGHTS(opt_c1_m);
  FROM_WEIGHTS(opt_c1_v);
  FROM_WEIGHTS(opt_c2_m);
  FROM_WEIGHTS(opt_c2_v);
  FROM_WEIGHTS(opt_c3_m);
  FROM_WEIGHTS(opt_c3_v);
  FROM_WEIGHTS(opt_w_m);
  FROM_WEIGHTS(opt_w_v);
  FROM_WEIGHTS(opt_b_m);
  FROM_WEIGHTS(opt_b_v);

  const size_t bytes = digits_cnn_train_workspace_size();
  void *workspace = on_device(bytes);
  const int epochs = count > 2 ? std::atoi(words[2]) : 10;
  for (int i = 0; i < epochs; ++i) {
    const auto step = [&] { return digits_cnn_train(&args, workspace, bytes, nullptr); };
    const double loss = epoch(digits, 32, x, y, args.loss_moved, step, digits_cnn_strerror);
    std::printf("epoch %d loss %.4f\n", i + 1, loss);
  }
  return 0;
}
