#include "compiler/aot/module.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace nnc::aot {
namespace {

constexpr std::array keywords = {
    "alignas", "alignof",   "and",      "asm",      "auto",      "bool",     "break",   "case",
    "catch",   "char",      "class",    "const",    "constexpr", "continue", "default", "delete",
    "do",      "double",    "else",     "enum",     "explicit",  "export",   "extern",  "false",
    "float",   "for",       "friend",   "goto",     "if",        "inline",   "int",     "long",
    "mutable", "namespace", "new",      "not",      "operator",  "or",       "private", "protected",
    "public",  "register",  "requires", "restrict", "return",    "short",    "signed",  "sizeof",
    "static",  "struct",    "switch",   "template", "this",      "throw",    "true",    "try",
    "typedef", "typename",  "union",    "unsigned", "using",     "virtual",  "void",    "volatile",
    "while",   "xor",       "concept",  "decltype", "noexcept",  "nullptr",  "typeid",  "wchar_t",
    "typeof"};
/// Of C++ alone, but for some of the latest C.
constexpr std::array cpp_keywords = {
    "bitor",        "compl",         "or_eq",           "bitand",     "and_eq",      "xor_eq",
    "not_eq",       "char8_t",       "char16_t",        "char32_t",   "co_await",    "co_yield",
    "consteval",    "constinit",     "co_return",       "const_cast", "static_cast", "dynamic_cast",
    "thread_local", "static_assert", "reinterpret_cast"};

/// Types, functions and macros of the headers that a C or CUDA source includes.
constexpr std::array header_names = {
    "NULL",      "NAN",       "INFINITY",  "HUGE_VAL",  "M_PI",       "errno",      "assert",
    "HUGE_VALF", "HUGE_VALL", "M_E",       "M_LOG2E",   "M_LOG10E",   "M_LN2",      "M_LN10",
    "M_PI_2",    "M_PI_4",    "M_1_PI",    "M_2_PI",    "M_2_SQRTPI", "M_SQRT2",    "M_SQRT1_2",
    "main",      "linux",     "unix",      "offsetof",  "size_t",     "int8_t",     "int16_t",
    "int32_t",   "int64_t",   "uint8_t",   "uint16_t",  "uint32_t",   "uint64_t",   "intptr_t",
    "uintptr_t", "ptrdiff_t", "INT8_MIN",  "INT8_MAX",  "INT16_MIN",  "INT16_MAX",  "INT32_MIN",
    "INT32_MAX", "INT64_MIN", "INT64_MAX", "UINT8_MAX", "UINT16_MAX", "UINT32_MAX", "UINT64_MAX",
    "SIZE_MAX",  "INT64_C",   "UINT64_C",  "INT32_C",   "UINT32_C"};

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Every other byte as `_`, or as `_xx` in hexadecimal.
std::string identifier(const std::string& name, bool exact) {
  std::string result;
  for (const char c : name)
    result += plain(c) ? std::string(1, c)
              : exact  ? fmt::format("_{:02x}", static_cast<unsigned char>(c))
                       : std::string("_");
  if (result.empty() || (result[0] >= '0' && result[0] <= '9')) result = "_" + result;
  const bool capital = result.size() > 1 && result[1] >= 'A' && result[1] <= 'Z';
  if (result.starts_with("__") || (result[0] == '_' && capital))
    result = "x" + result;                       // those are the compiler's
  if (result.starts_with("NNC_")) result += "_"; // and those the headers'
  if (std::ranges::find(keywords, result) != keywords.end() ||
      std::ranges::find(cpp_keywords, result) != cpp_keywords.end() ||
      std::ranges::find(header_names, result) != header_names.end())
    result += "_";
  return result;
}

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
  const auto members = c_names(names, {"host"});
  for (std::size_t i = 0; i < members.size(); ++i) function.arguments[i].c_name = members[i];
  return function;
}

} // namespace

std::vector<std::string> c_names(std::span<const std::string> names,
                                 std::vector<std::string> taken) {
  std::set<std::string> used(taken.begin(), taken.end());
  std::multiset<std::string> simple;
  for (const std::string& name : names) simple.insert(identifier(name, false));
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::string made = identifier(name, false);
    if (made != name && simple.count(made) > 1) made = identifier(name, true);
    while (!used.insert(made).second) made += "_";
    result.push_back(made);
  }
  return result;
}

Module describe(std::string name, std::string source, std::span<const KernelProgram> programs) {
  Module module{.name = name, .source = std::move(source)};
  module.c_name = identifier(name, false);
  std::vector<std::string> names;
  for (const KernelProgram& program : programs) {
    module.functions.push_back(describe(program));
    names.push_back(program.name);
  }
  const auto symbols =
      c_names(names, {"abi_version", "signature_json", "workspace_size", "strerror", "weights"});
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
