// Functions of a session as an object file.

#include "compiler/target/cpu/cpu_target.h"
#include "frontends/host/constants.h"
#include "frontends/host/session.h"

namespace nnc {

Result<aot::Object> Session::object(std::span<const ObjectFunction> functions,
                                    const ObjectSettings& settings) {
  if (functions.empty())
    return Error{.code = "E0312",
                 .message = "no function for the object file",
                 .help = "name a function or any value of the model"};
  std::vector<KernelProgram> programs;
  std::map<std::string, const Tensor*> kept;
  for (const ObjectFunction& function : functions) {
    auto graph = source_->build(function.name, function.build);
    if (auto* errors = std::get_if<Errors>(&graph)) return combine(*errors);
    for (const Leaf& leaf : signature_of(std::get<Graph>(graph)).leaves) {
      if (leaf.role != Role::param && leaf.role != Role::state) continue;
      const auto value = hold(leaf);
      if (!value) return value.error();
      kept.emplace(leaf.name, *value);
    }
    auto closed = embed_constants(std::get<Graph>(graph), *source_);
    if (!closed) return closed.error();
    auto made = run_pipeline(std::move(*closed), {.max_memory = options_.max_memory,
                                                  .scratch = scratch_on(settings.cpu)});
    if (!made) return made.error();
    programs.push_back(std::move(*made->program));
  }
  std::vector<NamedTensor> weights;
  for (const auto& [name, value] : kept) {
    auto tensor = Tensor::copy_of(value->type(), value->bytes());
    if (!tensor) return tensor.error();
    weights.push_back({name, std::move(*tensor)});
  }
  auto object = aot::build_object(programs, weights,
                                  {.name = settings.name.empty() ? source_->name() : settings.name,
                                   .source = source_->path(),
                                   .cpu = settings.cpu,
                                   .max_memory = options_.max_memory,
                                   .embed = settings.embed});
  if (object) // the programs end here
    for (aot::Function& function : object->module.functions) function.program = nullptr;
  return object;
}

} // namespace nnc
