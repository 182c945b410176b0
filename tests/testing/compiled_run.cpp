#include "testing/compiled_run.h"

#include "testing/compare.h"

#include <cstring>

namespace nnc::test {
namespace {

constexpr std::byte canary{0xA5};
constexpr std::size_t margin = 256;

/// Memory of exactly one tensor, off every alignment but the element's, between canaries.
class GuardedTensor {
public:
  explicit GuardedTensor(const Type& type)
      : bytes_(static_cast<std::size_t>(type.bytes())), offset_(margin + dtype_size(type.dtype)),
        memory_(bytes_ + 2 * margin + 64, canary) {}
  void fill(const Literal& literal) {
    if (bytes_) std::memcpy(data(), literal.bytes->data(), bytes_);
  }
  std::byte* data() { return aligned() + offset_; }
  std::vector<std::byte> take() { return {data(), data() + bytes_}; }
  bool intact() {
    for (std::byte* p = memory_.data(); p < memory_.data() + memory_.size(); ++p)
      if ((p < data() || p >= data() + bytes_) && *p != canary) return false;
    return true;
  }
  ArgumentBytes argument() { return {data(), static_cast<std::int64_t>(bytes_)}; }

private:
  std::byte* aligned() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + ((64 - address % 64) % 64);
  }
  std::size_t bytes_, offset_;
  std::vector<std::byte> memory_;
};

} // namespace

Value Program::input(const std::string& name, const std::string& type, Role role) {
  auto parsed = parse_type(type);
  EXPECT_TRUE(parsed.ok()) << type;
  return graph.add_leaf(name, role, *parsed, OriginId{});
}

std::vector<Literal> random_inputs(const Graph& graph, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::vector<Literal> inputs;
  for (const Value leaf : graph.inputs) {
    const Type& type = graph.type(leaf);
    auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
    for (std::int64_t i = 0; i < type.elements(); ++i) {
      const double unit = static_cast<double>(engine() >> 11) * 0x1p-53;
      if (is_float(type.dtype))
        store_real(type.dtype, bytes->data(), i, 4 * unit - 2);
      else
        store_integer(type.dtype, bytes->data(), i,
                      static_cast<std::int64_t>(unit * 11) - (is_signed(type.dtype) ? 5 : 0));
    }
    inputs.push_back({type, bytes});
  }
  return inputs;
}

KernelProgram compile_to_kernels(const Graph& graph) {
  auto compiled = run_pipeline(copy_live(graph), {});
  if (!compiled) throw InternalError(compiled.error().message);
  return std::move(compiled->program.value());
}

Result<std::vector<Literal>> run_compiled(const Graph& graph, std::span<const Literal> inputs,
                                          const RunOptions& options) {
  ThreadPool pool(options.threads);
  auto executable = Executable::make(compile_to_kernels(graph), options.cpu,
                                     options.threads > 1 ? &pool : nullptr);
  if (!executable) return executable.error();
  const KernelProgram& program = executable->program();
  std::vector<GuardedTensor> tensors;
  for (const ProgramPort& port : program.inputs)
    tensors.emplace_back(program.buffers[port.buffer].type);
  for (const ProgramPort& port : program.outputs)
    tensors.emplace_back(program.buffers[port.buffer].type);
  for (std::size_t i = 0; i < inputs.size(); ++i) tensors[i].fill(inputs[i]);
  std::vector<ArgumentBytes> arguments;
  for (GuardedTensor& tensor : tensors) arguments.push_back(tensor.argument());
  if (auto error = executable->call(arguments)) return *error;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    EXPECT_TRUE(tensors[i].intact()) << "memory around argument " << i << " was written";
  std::vector<Literal> results;
  const auto result = [&](std::size_t argument, const Type& type) {
    results.push_back({type, std::make_shared<std::vector<std::byte>>(tensors[argument].take())});
  };
  for (std::size_t i = 0; i < program.outputs.size(); ++i)
    result(program.inputs.size() + i, program.buffers[program.outputs[i].buffer].type);
  for (const auto& update : program.updates)
    for (std::size_t i = 0; i < program.inputs.size(); ++i)
      if (program.inputs[i].name == update.name)
        result(i, program.buffers[program.inputs[i].buffer].type);
  return results;
}

void expect_near(const Literal& actual, const Literal& wanted, double ulps, double scale,
                 const std::string& name) {
  EXPECT_EQ(difference(actual, wanted, {.units = ulps, .floor = scale, .absolute = {}}), "")
      << name;
}

void expect_same(Program& program, double ulps, double scale, unsigned seed,
                 const RunOptions& options) {
  ASSERT_FALSE(program.b.error()) << program.b.error()->message;
  const std::vector<Literal> inputs = random_inputs(program.graph, seed);
  const auto wanted = interpret(program.graph, inputs);
  ASSERT_TRUE(wanted.ok()) << wanted.error().message;
  const auto actual = run_compiled(program.graph, inputs, options);
  ASSERT_TRUE(actual.ok()) << actual.error().message;
  ASSERT_EQ(actual->size(), wanted->size());
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const std::size_t outputs = program.graph.outputs.size();
    const std::string& name =
        i < outputs ? program.graph.outputs[i].name : program.graph.updates[i - outputs].target;
    expect_near((*actual)[i], (*wanted)[i], ulps, scale, name);
  }
}

} // namespace nnc::test
