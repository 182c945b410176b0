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
    "BIG_ENDIAN",  "BYTE_ORDER",     "EXIT_FAILURE",  "EXIT_SUCCESS",
    "FD_CLR",      "FD_ISSET",       "FD_SET",        "FD_SETSIZE",
    "FD_ZERO",     "INFINITY",       "LITTLE_ENDIAN", "MAXFLOAT",
    "MAX_CANON",   "MAX_INPUT",      "NAN",           "NFDBITS",
    "NULL",        "NZERO",          "PDP_ENDIAN",    "PIPE_BUF",
    "WCONTINUED",  "WEXITED",        "WEXITSTATUS",   "WIFCONTINUED",
    "WIFEXITED",   "WIFSIGNALED",    "WIFSTOPPED",    "WNOHANG",
    "WNOWAIT",     "WSTOPPED",       "WSTOPSIG",      "WTERMSIG",
    "WUNTRACED",   "alloca",         "assert",        "be16toh",
    "be32toh",     "be64toh",        "errno",         "fpclassify",
    "htobe16",     "htobe32",        "htobe64",       "htole16",
    "htole32",     "htole64",        "int16_t",       "int32_t",
    "int64_t",     "int8_t",         "intptr_t",      "isfinite",
    "isgreater",   "isgreaterequal", "isinf",         "isless",
    "islessequal", "islessgreater",  "isnan",         "isnormal",
    "issubnormal", "isunordered",    "le16toh",       "le32toh",
    "le64toh",     "linux",          "main",          "math_errhandling",
    "offsetof",    "ptrdiff_t",      "signbit",       "size_t",
    "strdupa",     "strndupa",       "uint16_t",      "uint32_t",
    "uint64_t",    "uint8_t",        "uintptr_t",     "unix"};
/// How more of their macros begin, and how those without a small letter end.
constexpr std::array header_beginnings = {"M_",   "FP_", "MATH_", "HUGE_VAL", "SNAN",
                                          "CUDA", "CU_", "cuda",  "PTHREAD_", "NL_"};
constexpr std::array header_endings = {"_MAX", "_MIN", "_WIDTH", "_BIT"};

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool of_headers(const std::string& name) {
  if (std::ranges::find(header_names, name) != header_names.end()) return true;
  if (std::ranges::any_of(header_beginnings, [&](const char* it) { return name.starts_with(it); }))
    return true;
  const bool number = name.starts_with("INT") || name.starts_with("UINT");
  if (number && name.ends_with("_C")) return true;
  return std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; }) &&
         std::ranges::any_of(header_endings, [&](const char* it) { return name.ends_with(it); });
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
      std::ranges::find(cpp_keywords, result) != cpp_keywords.end() || of_headers(result))
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
