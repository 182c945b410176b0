#include "style/gates.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <regex>
#include <set>

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

Findings strays(Files files) {
  static const std::set<std::string, std::less<>> places = {
      "compiler",       "runtime",           "ir",        "frontends",
      "tests",          "examples",          "docs",      "benchmarks",
      "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"};
  Findings findings;
  for (const SourceFile& file : files) {
    const std::string top = file.path.substr(0, file.path.find('/'));
    if (!top.starts_with('.') && !places.contains(top)) findings.push_back(file.path);
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
    bool quoted = false; // inside a raw string, where braces belong to another language
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const std::size_t begin = quoted ? 0 : line.find("R\"(");
      if (begin != std::string::npos) quoted = line.find(")\"", begin) == std::string::npos;
      if (begin != std::string::npos) continue;
      if (opens(line)) start = i;
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

namespace {

/// Places that spell names of ops for a reason. An empty `name` stands for all.
struct Spelling {
  std::string_view path, name, why;
};
constexpr std::array spellings = {
    Spelling{"compiler/rewrite/", "", "a rewrite is a row that says which op it replaces by what"},
    Spelling{"frontends/formula/", "",
             "textbook forms are patterns over ops; a row that is in none is written as it says"},
    Spelling{"frontends/nn/", "", "functions that build ops, by the names that users write"},
    Spelling{"frontends/expr/parser.cpp", "", "the signs of expressions, and what they stand for"},
    Spelling{"ir/kernel/expr.cpp", "", "scalar operations and combiners, which are no tensor ops"},
    Spelling{"frontends/cli/", "dot", "a format of --emit"}};

bool exempt(const SourceFile& file, std::string_view name) {
  return std::ranges::any_of(spellings, [&](const Spelling& each) {
    return is_below(file, each.path) && (each.name.empty() || each.name == name);
  });
}

bool in_product(const SourceFile& file) {
  if (!is_cpp(file) || is_below(file, "ir/ops/")) return false;
  return std::ranges::any_of(std::array{"compiler/", "runtime/", "ir/", "frontends/"},
                             [&](const char* folder) { return is_below(file, folder); });
}

std::vector<std::string> matches(const std::string& line, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(line.begin(), line.end(), pattern), end; match != end; ++match)
    for (std::size_t i = 1; i < match->size(); ++i)
      if ((*match)[i].matched) found.push_back((*match)[i].str());
  return found;
}

/// Names in comparisons and look-ups.
std::vector<std::string> decides_by(const std::string& line) {
  static const std::regex comparison(
      R"re([=!]=\s*"(\w+)"|"(\w+)"(?:sv)?\s*[=!]=|\bcase\b.*"(\w+)")re");
  static const std::regex look_up(
      R"re(\b(?:is|find|at|contains|count|compare|equal|starts_with|ends_with)\()re"
      R"re((?:[^()"]|\([^()]*\))*"(\w+)")re");
  std::vector<std::string> names = matches(line, comparison);
  std::ranges::copy(matches(line, look_up), std::back_inserter(names));
  return names;
}

/// Names of ops in a line of a table: a list that is mostly names, or a row that holds one.
std::vector<std::string> listed(const std::string& line, std::span<const std::string> ops) {
  static const std::regex text(R"re("([^"]*)")re");
  if (line.find('(') != std::string::npos) return {};
  const std::vector<std::string> texts = matches(line, text);
  std::vector<std::string> names;
  std::ranges::copy_if(texts, std::back_inserter(names), [&](const std::string& each) {
    return std::ranges::find(ops, each) != ops.end();
  });
  const std::size_t start = line.find_first_not_of(' ');
  const bool row = start != std::string::npos && (line[start] == '{' || line.ends_with("},"));
  return row || 2 * names.size() > texts.size() ? names : std::vector<std::string>();
}

/// By line, what a file decides by; one name alone is no table.
std::vector<std::vector<std::string>> decisions(const SourceFile& file,
                                                std::span<const std::string> ops) {
  std::vector<std::vector<std::string>> by_line(file.lines.size());
  std::vector<std::string> above;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    by_line[i] = decides_by(file.lines[i]);
    const std::vector<std::string> here = listed(file.lines[i], ops);
    if (here.size() > 1 || !above.empty())
      by_line[i].insert(by_line[i].end(), here.begin(), here.end());
    above = here;
  }
  return by_line;
}

} // namespace

Findings op_dispatch(Files files, const OpNames& ops) {
  static const std::regex op_enum(R"(\benum\s+(class\s+|struct\s+)?Op(s|Kind|Code|Id|Type)?\b)");
  // Ops that give a graph its structure are what passes exist to dissolve: a pass asks the table
  // for their row. Comparing texts is a decision by name all the same.
  static const std::regex of_row(R"re((?:row|op)(?:->|\.)name\s*[=!]=\s*"(\w+)")re");
  Findings findings;
  for (const SourceFile& file : files) {
    if (!in_product(file)) continue;
    const auto by_line = decisions(file, ops.computing);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto found = [&](const std::string& what) {
        findings.push_back(fmt::format("{}:{}: {}", file.path, i + 1, what));
      };
      const auto decides = [&](std::span<const std::string> known, const auto& names) {
        for (const std::string& name : names)
          if (std::ranges::find(known, name) != known.end() && !exempt(file, name))
            found("decides by the name of the op " + name);
      };
      if (std::regex_search(file.lines[i], op_enum)) found("an enum of ops");
      decides(ops.computing, by_line[i]);
      decides(ops.structural, matches(file.lines[i], of_row));
    }
  }
  return findings;
}

Findings needless_spellings(Files files, const OpNames& ops) {
  Findings needless;
  for (const Spelling& each : spellings) {
    const auto covers = [&](const std::string& name) {
      return (each.name.empty() || each.name == name) &&
             std::ranges::find(ops.computing, name) != ops.computing.end();
    };
    const bool needed = std::ranges::any_of(files, [&](const SourceFile& file) {
      return in_product(file) && is_below(file, each.path) &&
             std::ranges::any_of(decisions(file, ops.computing), [&](const auto& names) {
               return std::ranges::any_of(names, covers);
             });
    });
    if (!needed) needless.push_back(fmt::format("{}: {}", each.path, each.why));
  }
  return needless;
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
