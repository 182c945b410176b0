// The signature of a module as JSON, for hosts that find out at run time what it offers.

#include "compiler/aot/module.h"

#include <fmt/format.h>

namespace nnc::aot {
namespace {

std::string json(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else
      result += byte < 0x20 ? fmt::format("\\u{:04x}", byte) : std::string(1, c);
  }
  return result + "\"";
}

std::string arguments(const Function& function, bool outputs) {
  std::string text;
  for (const Argument& argument : function.arguments) {
    if ((argument.role == BufferRole::output) != outputs) continue;
    text += fmt::format("{}{{\"name\":{},\"c_name\":{},\"type\":{},\"role\":{}{}}}",
                        text.empty() ? "" : ",", json(argument.name), json(argument.c_name),
                        json(to_string(argument.type)), json(buffer_role_name(argument.role)),
                        argument.written && !outputs ? ",\"updated\":true" : "");
  }
  return text;
}

} // namespace

std::string signature_json(const Module& module) {
  std::string text =
      fmt::format("{{\"nnc\":{},\"name\":{},\"functions\":[", abi_version, json(module.name));
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const Function& function = module.functions[i];
    text += fmt::format("{}{{\"name\":{},\"symbol\":{},\"in\":[{}],\"out\":[{}]}}", i ? "," : "",
                        json(function.name), json(function.c_name), arguments(function, false),
                        arguments(function, true));
  }
  return text + "]}";
}

} // namespace nnc::aot
