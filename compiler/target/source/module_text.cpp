#include "compiler/target/source/module_text.h"

#include "compiler/target/source/scalar.h"
#include "ir/graph.h"
#include "ir/kernel/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace nnc::source {
namespace {

constexpr std::string_view embedded_table = "embedded";

constexpr std::string_view check_text = R"(
/* What no function may be called with: `missing` + the first argument that is NULL, or `overlap` +
   the first one that is written and overlaps another. */
static int check_arguments(const void *const *arguments, const size_t *bytes,
                           const unsigned char *written, int count, int missing, int overlap) {
  for (int i = 0; i < count; ++i) {
    if (arguments[i] == NULL && bytes[i] > 0) return missing + i;
  }
  for (int i = 0; i < count; ++i) {
    for (int k = 0; written[i] && k < count; ++k) {
      const uintptr_t a = (uintptr_t)arguments[i], b = (uintptr_t)arguments[k];
      if (k != i && a < b + bytes[k] && b < a + bytes[i]) return overlap + i;
    }
  }
  return 0;
}
)";

/// A literal of C, with a break before each line of the text.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  std::size_t column = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::string written(1, c);
    if (c == '"' || c == '\\') written = std::string("\\") + c;
    // Three digits end an escape; a question mark might begin a trigraph.
    if (byte < 0x20 || byte >= 0x7f || c == '?') written = fmt::format("\\{:03o}", byte);
    if (column + written.size() > 90) {
      result += "\"\n      \"";
      column = 0;
    }
    result += written;
    column += written.size();
  }
  return result + "\"";
}

std::string element_text(Library& library, const Literal& literal, std::int64_t i) {
  const DType dtype = literal.type.dtype;
  if (dtype == DType::f16 || dtype == DType::bf16) {
    const auto value = static_cast<float>(literal_real(literal, i));
    return std::to_string(dtype == DType::f16 ? float_to_f16(value) : float_to_bf16(value));
  }
  const std::uint64_t bits = is_float(dtype)
                                 ? std::bit_cast<std::uint64_t>(literal_real(literal, i))
                                 : static_cast<std::uint64_t>(literal_integer(literal, i));
  return constant_text(library, dtype == DType::boolean ? DType::u8 : dtype, bits).text;
}

/// The elements of a tensor as a list.
std::string elements_text(Library& library, const Literal& literal) {
  std::string numbers;
  const std::int64_t count = literal.type.elements();
  for (std::int64_t i = 0; i < count; ++i)
    numbers += element_text(library, literal, i) + (i + 1 < count ? ", " : "");
  return numbers;
}

} // namespace

std::vector<std::string> module_names(const aot::Module& module, const Language& language) {
  std::vector<std::string> names = reserved_names(language);
  for (const aot::Function& function : module.functions)
    for (const std::string_view suffix : {"", "_args", "_workspace_size"})
      names.push_back(function.c_name + std::string(suffix));
  for (const std::string_view suffix :
       {"_abi_version", "_signature_json", "_workspace_size", "_strerror", "_weights"})
    names.push_back(module.c_name + std::string(suffix));
  return names;
}

std::string header_file(std::string_view header, const aot::Module& module,
                        std::string_view ending) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. +";
  if (!header.empty() && header.find_first_not_of(plain) == std::string_view::npos)
    return std::string(header);
  return module.c_name + std::string(ending);
}

BufferNames name_buffers(const aot::Function& function, aot::Names& taken) {
  const KernelProgram& program = *function.program;
  BufferNames buffers{.names = printed_names(program), .taken = aot::Names::inside(taken)};
  std::unordered_map<std::uint32_t, std::string> arguments;
  std::size_t position = 0;
  for (const auto* ports : {&program.inputs, &program.outputs})
    for (const ProgramPort& port : *ports)
      arguments.emplace(port.buffer, "args->" + function.arguments[position++].c_name);
  std::vector<std::uint32_t> own;
  std::vector<std::string> wanted;
  for (std::uint32_t b = 0; b < buffers.names.size(); ++b) {
    if (const auto argument = arguments.find(b); argument != arguments.end()) {
      buffers.names[b] = argument->second;
    } else if (!buffers.names[b].empty()) {
      own.push_back(b);
      wanted.push_back(buffers.names[b]);
    }
  }
  const std::vector<std::string> names = aot::c_names(wanted, aot::Names::inside(taken));
  for (std::size_t i = 0; i < own.size(); ++i) {
    buffers.names[own[i]] = names[i];
    // Constants are tables of the whole file.
    if (program.buffers[own[i]].role == BufferRole::constant) taken.insert(names[i]);
  }
  buffers.taken.insert(names);
  return buffers;
}

std::string constants_text(const KernelProgram& program, const BufferNames& names,
                           std::string_view suffix) {
  Lines lines;
  const Language none{};
  Library library(none);
  for (std::size_t b = 0; b < program.buffers.size(); ++b) {
    const Buffer& buffer = program.buffers[b];
    if (names.names[b].empty() || buffer.role != BufferRole::constant) continue;
    if (!buffer.data) continue; // the caller's
    const Literal& literal = buffer.data.value();
    const std::int64_t count = literal.type.elements();
    lines.blank();
    lines.open(fmt::format("static const {} {}{}[{}] = {{ /* {} */",
                           memory_type(literal.type.dtype), names.names[b], suffix,
                           std::max<std::int64_t>(count, 1), to_string(literal.type)));
    lines.add(count ? elements_text(library, literal) : "0");
    lines.close("};");
  }
  return lines.take();
}

std::string embedded_text(const aot::Module& module, std::span<const NamedTensor> values) {
  if (!module.embedded) return {};
  const Language none{};
  Library library(none);
  aot::Names taken;
  for (const aot::Weight& weight : module.weights) taken.insert(weight.c_name);
  Lines members, rows;
  members.indent(), rows.indent();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const aot::Weight& weight = module.weights[i];
    const std::int64_t bytes = weight.type.bytes(), rest = padded_bytes(bytes) - bytes;
    if (bytes == 0) continue;
    members.add(fmt::format("{} {}[{}]; /* {} */", memory_type(weight.type.dtype), weight.c_name,
                            weight.type.elements(), to_string(weight.type)));
    const auto stored = values[i].tensor.bytes();
    const Literal literal{
        weight.type, std::make_shared<const std::vector<std::byte>>(stored.begin(), stored.end())};
    rows.add("{" + elements_text(library, literal) + "},");
    if (rest == 0) continue;
    members.add(fmt::format("unsigned char {}[{}];", fresh_name(taken, "rest"), rest));
    rows.add("{0},");
  }
  if (module.weight_bytes == 0) {
    members.add("unsigned char none[1];");
    rows.add("{0},");
  }
  return fmt::format("\nstatic const struct {{\n{0}}} {1} = {{\n{2}}};\n\n"
                     "const void *{3}_weights(void) {{ return &{1}; }}\n",
                     members.take(), embedded_table, rows.take(), module.c_name);
}

void print_embedded(const aot::Module& module, const aot::Function& function,
                    const PlaceEmbedded& place, Lines& lines) {
  const auto embedded = [](const aot::Argument& one) {
    return one.weight_offset >= 0 && one.type.bytes() > 0;
  };
  if (std::ranges::none_of(function.arguments, embedded)) return;
  lines.add(fmt::format("{}_args given = *args;", function.c_name));
  for (const aot::Argument& one : function.arguments) {
    if (!embedded(one)) continue;
    lines.open(fmt::format("if (given.{} == NULL) {{", one.c_name));
    const auto weight = std::ranges::find(module.weights, one.name, &aot::Weight::name);
    place(one, fmt::format("{}.{}", embedded_table, weight->c_name), lines);
    lines.close();
  }
  lines.add("args = &given;");
}

std::string_view argument_check_text() { return check_text; }

void print_argument_checks(const aot::Function& function, aot::Codes codes,
                           std::int64_t workspace_bytes, std::string_view between, Lines& lines) {
  lines.add(fmt::format("if (args == NULL) return {};", aot::Messages::no_arguments));
  lines.add(fmt::format("if (workspace == NULL || workspace_size < {}) return {};", workspace_bytes,
                        aot::Messages::no_workspace));
  lines.verbatim(between);
  if (function.arguments.empty()) return lines.add("int code = 0;");
  std::string pointers, sizes, written;
  for (const aot::Argument& one : function.arguments) {
    const std::string_view comma = pointers.empty() ? "" : ", ";
    pointers += fmt::format("{}args->{}", comma, one.c_name);
    sizes += fmt::format("{}{}", comma, one.type.bytes());
    written += fmt::format("{}{}", comma, one.written ? 1 : 0);
  }
  lines.add(fmt::format("const void *const arguments[] = {{{}}};", pointers));
  lines.add(fmt::format("static const size_t bytes[] = {{{}}};", sizes));
  lines.add(fmt::format("static const unsigned char written[] = {{{}}};", written));
  lines.add(fmt::format("int code = check_arguments(arguments, bytes, written, {}, {}, {});",
                        function.arguments.size(), codes.missing, codes.overlap));
  lines.add("if (code != 0) return code;");
}

std::string information_text(const aot::Module& module, const aot::Messages& messages,
                             std::span<const std::int64_t> workspace_bytes,
                             std::string_view below_zero) {
  const std::string& m = module.c_name;
  std::string text = fmt::format(
      "\nconst char *{}_strerror(int code) {{\n{}"
      "  static const char *const messages[] = {{\n",
      m, below_zero.empty() ? "" : fmt::format("  if (code < 0) return {};\n", below_zero));
  for (const std::string& message : messages.texts()) text += "      " + quoted(message) + ",\n";
  const std::size_t count = messages.texts().size();
  text +=
      fmt::format("  }};\n  return code >= 0 && code < {} ? messages[code] : \"unknown code\";\n"
                  "}}\n\nconst char *{}_signature_json(void) {{\n  return {};\n}}\n\n"
                  "uint32_t {}_abi_version(void) {{ return {}; }}\n\n",
                  count, m, quoted(signature_json(module)), m, aot::abi_version);
  std::int64_t most = 0;
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    most = std::max(most, workspace_bytes[i]);
    text += fmt::format("size_t {}_workspace_size(void) {{ return {}; }}\n",
                        module.functions[i].c_name, workspace_bytes[i]);
  }
  return text + fmt::format("size_t {}_workspace_size(void) {{ return {}; }}\n", m, most);
}

} // namespace nnc::source
