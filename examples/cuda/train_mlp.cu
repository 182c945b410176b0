// Trains the digits network on a GPU: train_mlp digits.csv [EPOCHS]
#include "digits.h"
#include "digits_mlp.cuda.h"

int main(int count, char** words) {
  // Params and state of the optimiser: one block, in which each has its offset.
  char* weights = on_device<char>(digits_mlp_weights_size, digits_mlp_weights());
  digits_mlp_train_args args = {};
#define FROM_WEIGHTS(name) args.name = (decltype(args.name))(weights + digits_mlp_offset_##name)
  FROM_WEIGHTS(w1);
  FROM_WEIGHTS(b1);
  FROM_WEIGHTS(w2);
  FROM_WEIGHTS(b2);
  FROM_WEIGHTS(opt_w1_momentum);
  FROM_WEIGHTS(opt_b1_momentum);
  FROM_WEIGHTS(opt_w2_momentum);
  FROM_WEIGHTS(opt_b2_momentum);
  const Training<digits_mlp_train_args> training = {
      digits_mlp_train, digits_mlp_train_workspace_size(), digits_mlp_strerror};
  return train(count, words, 64, training, args, &digits_mlp_train_args::loss);
}
