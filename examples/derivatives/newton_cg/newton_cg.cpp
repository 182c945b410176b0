// Newton's method with conjugate gradients on a model file: reads the data, minimises, and leaves
// the weights and the data as files for `nnc run`.
//   usage: newton_cg MODEL DATA.csv FOLDER
#include <frontends/host/nnc.h>
#include <runtime/files/npy.h>

#include <cstdio>

namespace {

int complain(const nnc::Error& error) {
  std::fprintf(stderr, "error[%s]: %s\n", error.code.c_str(), error.message.c_str());
  return 1;
}

nnc::Status save(nnc::Session& session, const nnc::Dataset& data, const std::string& folder) {
  for (const nnc::NamedTensor& input : data.inputs)
    if (auto error = nnc::save_npy(folder + "/" + input.name + ".npy", input.tensor)) return error;
  return session.save_weights(folder + "/newton_cg.safetensors");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: newton_cg MODEL DATA.csv FOLDER\n");
    return 2;
  }
  auto session = nnc::Session::load(argv[1]);
  if (!session) return complain(session.error());
  const nnc::FunctionDoc* objective = session->source().model()->doc->function("objective");
  if (!objective)
    return complain({.code = "E0312", .message = "the model has no function 'objective'"});
  const auto data = nnc::load_dataset(session->source(), *objective, {.files = {argv[2]}});
  if (!data) return complain(data.error());

  const auto outcome = nnc::newton_cg(
      *session, {.objective = "objective", .product = "product", .params = {"w", "b"}},
      data->inputs, {.gradient_norm = 1e-8});
  if (!outcome) return complain(outcome.error());
  std::printf("step  products  length  loss          gradient norm\n");
  for (std::size_t i = 0; i < outcome->steps.size(); ++i) {
    const nnc::MinimizeStep& step = outcome->steps[i];
    std::printf("%4zu  %8d  %6g  %.10f  %.2e\n", i, step.products, step.length, step.loss,
                step.gradient_norm);
  }
  if (auto error = save(*session, *data, argv[3])) return complain(*error);
  return outcome->converged ? 0 : 1;
}
