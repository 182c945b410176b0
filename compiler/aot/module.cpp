#include "compiler/aot/module.h"

#include "compiler/aot/names.h"

#include <algorithm>
#include <set>

namespace nnc::aot {
namespace {

Argument argument(const KernelProgram& program, const ProgramPort& port, bool output) {
  const Buffer& buffer = program.buffers[port.buffer];
  const bool updated = std::ranges::find(program.updates, port.name,
                                         &KernelProgram::Update::name) != program.updates.end();
  return {.name = port.name,
          .role = output ? BufferRole::output : buffer.role,
          .type = buffer.type,
          .written = output || (updated && buffer.role != BufferRole::input)};
}

Function describe(const KernelProgram& program) {
  Function function{.name = program.name, .program = &program};
  for (const ProgramPort& port : program.inputs)
    function.arguments.push_back(argument(program, port, false));
  for (const ProgramPort& port : program.outputs)
    function.arguments.push_back(argument(program, port, true));
  std::vector<std::string> names;
  for (const Argument& one : function.arguments) names.push_back(one.name);
  const auto members = c_names(names, Names({"host"}));
  for (std::size_t i = 0; i < members.size(); ++i) function.arguments[i].c_name = members[i];
  return function;
}

} // namespace

Module describe(std::string name, std::string source, std::span<const KernelProgram> programs) {
  Module module{.name = name, .source = std::move(source)};
  module.c_name = c_names(std::span(&name, 1)).front();
  std::vector<std::string> names;
  for (const KernelProgram& program : programs) {
    module.functions.push_back(describe(program));
    names.push_back(program.name);
  }
  const auto symbols = c_names(
      names, Names({"abi_version", "signature_json", "workspace_size", "strerror", "weights"}));
  std::set<std::string> used(symbols.begin(), symbols.end());
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    std::string symbol = symbols[i];
    // `f` brings f_args and f_workspace_size with it.
    for (const std::string_view suffix : {"_args", "_workspace_size"})
      if (symbol.ends_with(suffix) &&
          used.contains(symbol.substr(0, symbol.size() - suffix.size())))
        symbol += "_";
    module.functions[i].c_name = module.c_name + "_" + symbol;
  }
  return module;
}

void place_weights(Module& module, std::span<const std::pair<std::string, Type>> weights,
                   bool embedded) {
  std::vector<std::string> names;
  for (const auto& weight : weights) names.push_back(weight.first);
  const auto members = c_names(names);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    module.weights.push_back(
        {weights[i].first, members[i], weights[i].second, module.weight_bytes});
    module.weight_bytes += padded_bytes(weights[i].second.bytes());
  }
  module.embedded = embedded;
  if (!embedded) return;
  for (Function& function : module.functions)
    for (Argument& one : function.arguments) {
      const auto weight = std::ranges::find(module.weights, one.name, &Weight::name);
      const bool kept = one.role == BufferRole::param || one.role == BufferRole::state;
      if (kept && !one.written && weight != module.weights.end() && weight->type == one.type)
        one.weight_offset = weight->offset;
    }
}

std::vector<std::byte> add_weights(Module& module, std::span<const NamedTensor> weights,
                                   bool embedded) {
  std::vector<std::pair<std::string, Type>> types;
  for (const NamedTensor& weight : weights) types.emplace_back(weight.name, weight.tensor.type());
  place_weights(module, types, embedded);
  std::vector<std::byte> bytes(static_cast<std::size_t>(module.weight_bytes));
  for (std::size_t i = 0; i < weights.size(); ++i)
    std::ranges::copy(weights[i].tensor.bytes(), bytes.begin() + module.weights[i].offset);
  return bytes;
}

} // namespace nnc::aot
