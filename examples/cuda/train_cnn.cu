// Trains the convolutional network on a GPU: train_cnn digits.csv [EPOCHS]
#include "digits.h"
#include "digits_cnn.cuda.h"

int main(int count, char** words) {
  // Params and state of the optimiser: one block, in which each has its offset.
  char* weights = on_device<char>(digits_cnn_weights_size, digits_cnn_weights());
  digits_cnn_train_args args = {};
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
  const Training<digits_cnn_train_args> training = {
      digits_cnn_train, digits_cnn_train_workspace_size(), digits_cnn_strerror};
  return train(count, words, 32, training, args, &digits_cnn_train_args::loss_moved);
}
