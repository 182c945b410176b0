#include "style/gates.h"

#include <fmt/core.h>

#include <algorithm>
#include <regex>

namespace nnc::style {
namespace {

/// Calls `check(file, line number, line)` for every line of the files that `want` accepts, and
/// records what it returns as findings; an empty text is none.
template <class Want, class Check>
Findings each_line(Files files, Want want, Check check) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!want(file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string what = check(file.lines[i]);
      if (!what.empty()) findings.push_back(fmt::format("{}:{}: {}", file.path, i + 1, what));
    }
  }
  return findings;
}

/// A check that reports every line in which `pattern` occurs.
auto reports(std::regex pattern, std::string what) {
  return [pattern = std::move(pattern), what = std::move(what)](const std::string& line) {
    std::smatch match;
    return std::regex_search(line, match, pattern) ? fmt::format("{}: {}", what, match.str())
                                                   : std::string();
  };
}

std::size_t characters(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; // not a UTF-8 continuation byte
  }));
}

/// True for a line at column 0 that may open a function: no comment, directive, brace or label.
bool opens(std::string_view line) {
  return !line.empty() && std::string_view(" \t#}{/").find(line.front()) == std::string_view::npos;
}

} // namespace

Findings long_files(Files files, std::size_t limit) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (is_code(file) && file.lines.size() > limit) {
      findings.push_back(fmt::format("{}: {} lines", file.path, file.lines.size()));
    }
  }
  return findings;
}

Findings long_lines(Files files, std::size_t limit) {
  return each_line(files, is_code, [limit](const std::string& line) {
    // Text of the IR within a test stands as it is printed.
    const std::size_t start = line.find_first_not_of(' ');
    if (start != std::string::npos && line[start] == '%') return std::string();
    if (line.starts_with("func @")) return std::string();
    const std::size_t count = characters(line);
    return count > limit ? fmt::format("{} columns", count) : std::string();
  });
}

// clang-format leaves a lone `}` at column 0 only where a function ends: types and tables end in
// `};`, namespaces in a comment.
Findings long_functions(Files files, std::size_t limit) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!is_cpp(file)) continue;
    std::size_t start = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (opens(file.lines[i])) start = i;
      const std::size_t length = i - start + 1;
      if (file.lines[i] != "}" || length <= limit) continue;
      findings.push_back(fmt::format("{}:{}: {} lines", file.path, start + 1, length));
    }
  }
  return findings;
}

Findings empty_names(Files files) {
  static const std::regex pattern(R"((^|[/_.-])(utils?|helpers?|common|misc)([/_.-]|$))");
  Findings findings;
  for (const SourceFile& file : files) {
    if (std::regex_search(file.path, pattern)) findings.push_back(file.path);
  }
  return findings;
}

Findings headers_without_contract(Files files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!file.path.ends_with(".h")) continue;
    // A header for C programs says so, and has a guard that every C compiler knows.
    const bool for_c = !file.lines.empty() && file.lines.front().starts_with("/* ") &&
                       file.lines.front().ends_with("C99. */") && file.lines.size() > 1 &&
                       file.lines[1].starts_with("#ifndef ");
    if (for_c) continue;
    if (file.lines.empty() || !file.lines.front().starts_with("//")) {
      findings.push_back(fmt::format("{}:1: does not open with its contract", file.path));
    }
    if (std::find(file.lines.begin(), file.lines.end(), "#pragma once") == file.lines.end()) {
      findings.push_back(fmt::format("{}:1: no #pragma once", file.path));
    }
  }
  return findings;
}

Findings stray_llvm(Files files) {
  const auto outside = [](const SourceFile& file) {
    return is_cpp(file) && !is_below(file, "compiler/target/cpu/") &&
           !is_below(file, "runtime/jit");
  };
  return each_line(files, outside,
                   reports(std::regex(R"(^\s*#\s*include\s*[<"]llvm(-c)?/)"), "LLVM header"));
}

Findings op_dispatch(Files files, std::span<const std::string> ops) {
  static const std::regex comparison(
      R"re([=!]=\s*"(\w+)"|"(\w+)"(?:sv)?\s*[=!]=|\bcase\b.*"(\w+)")re");
  static const std::regex op_enum(R"(\benum\s+(class\s+|struct\s+)?Op(s|Kind|Code|Id|Type)?\b)");
  const auto back_half = [](const SourceFile& file) {
    return is_cpp(file) && (is_below(file, "compiler/") || is_below(file, "runtime/"));
  };
  return each_line(files, back_half, [&](const std::string& line) -> std::string {
    if (std::regex_search(line, op_enum)) return "an enum of ops";
    for (std::sregex_iterator match(line.begin(), line.end(), comparison), end; match != end;
         ++match) {
      const std::string name = (*match)[1].str() + (*match)[2].str() + (*match)[3].str();
      if (std::find(ops.begin(), ops.end(), name) != ops.end()) {
        return fmt::format("decides by the op's name: {}", match->str());
      }
    }
    return {};
  });
}

// The patterns are pieced together so that this file passes its own gate.
Findings machine_details(Files files) {
  static const std::regex pattern("(^|[\\s\"'=(:`])/(wor"
                                  "k|ro"
                                  "ot|ho"
                                  "me|tm"
                                  "p|Use"
                                  "rs)/[A-Za-z]"
                                  "|[/.](py"
                                  "pi|pythonho"
                                  "sted|npm"
                                  "js|deb"
                                  "ian|cra"
                                  "tes)\\.(org|io|com)"
                                  "|[a-z0-9]:[^\\s/@]+@[a-z0-9]+\\.[a-z]");
  return each_line(
      files, [](const SourceFile&) { return true; }, reports(pattern, "a detail of some machine"));
}

Findings unfinished(Files files) {
  return each_line(files, is_code,
                   reports(std::regex("\\b(TO"
                                      "DO|FIX"
                                      "ME|HA"
                                      "CK|XX"
                                      "X)\\b"),
                           "unfinished"));
}

std::vector<CodeUse> error_code_uses(Files files) {
  static const std::regex pattern("\"(E0[0-9]{3})\"");
  std::vector<CodeUse> uses;
  for (const SourceFile& file : files) {
    if (!is_cpp(file) || is_below(file, "tests/") || is_below(file, "ir/error_codes.")) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      for (std::sregex_iterator match(line.begin(), line.end(), pattern), end; match != end;
           ++match) {
        uses.push_back({(*match)[1].str(), fmt::format("{}:{}", file.path, i + 1)});
      }
    }
  }
  return uses;
}

} // namespace nnc::style
