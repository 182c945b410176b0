// Trains the digits network on a GPU: train_mlp digits.csv [EPOCHS]
#include "digits_mlp.cuda.h"
#include "digits.h"

int main(int count, char **words) {
  must(count > 1, "train_mlp digits.csv [EPOCHS]");
  const Digits digits = read_digits(words[1]);
  must(digits.y.size() >= 64, "there are no digits in this file");

  // Params and state of the optimiser: one block, in which each has its offset.
  char *weights = (char *)on_device(digits_mlp_weights_size, digits_mlp_weights());
  float *x = (float *)on_device(64 * 64 * sizeof(float));
  int32_t *y = (int32_t *)on_device(64 * sizeof(int32_t));
  digits_mlp_train_args args = {};
  args.x = x;
  args.y = y;
  args.loss = (float *)on_device(sizeof(float));
#define FROM_WEIGHTS(name) args.name = (decltype(args.name))(weights + digits_mlp_offset_##name)
  FROM_WEIGHTS(w1);
  FROM_WEIGHTS(b1);
  FROM_WEIGHTS(w2);
  FROM_WEIGHTS(b2);
  FROM_WEIGHTS(opt_w1_momentum);
  FROM_WEIGHTS(opt_b1_momentum);
  FROM_WEIGHTS(opt_w2_momentum);
  FROM_WEIGHTS(opt_b2_momentum);

  const size_t bytes = digits_mlp_train_workspace_size();
  void *workspace = on_device(bytes);
  const int epochs = count > 2 ? std::atoi(words[2]) : 10;
  for (int i = 0; i < epochs; ++i) {
    const auto step = [&] { return digits_mlp_train(&args, workspace, bytes, nullptr); };
    const double loss = epoch(digits, 64, x, y, args.loss, step, digits_mlp_strerror);
    std::printf("epoch %d loss %.4f\n", i + 1, loss);
  }
  return 0;
}
