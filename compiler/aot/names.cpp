#include "compiler/aot/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

} // namespace

bool Names::insert(const std::string& name) {
  return !(outer_ && outer_->contains(name)) && own_.insert(name).second;
}

bool Names::contains(const std::string& name) const {
  return own_.contains(name) || (outer_ && outer_->contains(name));
}

std::vector<std::string> c_names(std::span<const std::string> names, Names taken) {
  std::unordered_multiset<std::string> simple;
  for (const std::string& name : names) simple.insert(identifier(name, false));
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::string made = identifier(name, false);
    if (made != name && simple.count(made) > 1) made = identifier(name, true);
    while (!taken.insert(made)) made += "_";
    result.push_back(made);
  }
  return result;
}

} // namespace nnc::aot
