// The house rules held over the whole repository, and each gate shown to close.
#include "places.h"
#include "style/gates.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace nnc::style {
namespace {

const std::vector<SourceFile>& repository() {
  static const std::vector<SourceFile> files = read_tree(NNC_SOURCE);
  return files;
}

std::string joined(const Findings& findings) {
  std::string text;
  for (const std::string& finding : findings) text += finding + "\n";
  return text;
}

/// One made-up file, so that each test below states a violation in full.
std::vector<SourceFile> one(std::string path, std::string_view text) {
  return {make_file(std::move(path), text)};
}

TEST(Style, TheTreeIsRead) {
  std::vector<std::string> paths;
  for (const SourceFile& file : repository()) paths.push_back(file.path);
  for (const char* path : {"CMakeLists.txt", ".ci/setup.sh", "ir/types.h", "tests/run.sh"}) {
    EXPECT_NE(std::find(paths.begin(), paths.end(), path), paths.end()) << path;
  }
  for (const std::string& path : paths) EXPECT_FALSE(path.starts_with("build")) << path;
}

TEST(Style, FilesAreShort) {
  fmt::print("files over 400 lines:\n{}", joined(long_files(repository(), 400)));
  EXPECT_EQ(joined(long_files(repository(), 600)), "");
  EXPECT_EQ(joined(long_files(one("ir/a.cpp", "1\n2\n3\n"), 2)), "ir/a.cpp: 3 lines\n");
  EXPECT_EQ(joined(long_files(one("docs/a.md", "1\n2\n3\n"), 2)), "");
}

TEST(Style, EveryFolderHasItsPlace) {
  EXPECT_EQ(joined(strays(repository())), "");
  EXPECT_EQ(joined(strays(one("cmake/library.cmake", ""))), "cmake/library.cmake\n");
  EXPECT_EQ(joined(strays(one("notes.md", ""))), "notes.md\n");
  EXPECT_EQ(joined(strays(one(".ci/run", ""))), "");
}

TEST(Style, FunctionsAreShort) {
  EXPECT_EQ(joined(long_functions(repository(), 50)), "");
  const auto file = one("ir/a.cpp", "int f() { return 1; }\n\nint g(int a,\n      int b) {\n"
                                    "  // why\n\n  return a + b;\n}\n");
  EXPECT_EQ(joined(long_functions(file, 5)), "ir/a.cpp:3: 6 lines\n");
  EXPECT_EQ(joined(long_functions(file, 6)), "");
}

TEST(Style, LinesAreShort) {
  EXPECT_EQ(joined(long_lines(repository(), 100)), "");
  EXPECT_EQ(joined(long_lines(one("a.sh", "ok\nlonger"), 5)), "a.sh:2: 6 columns\n");
  EXPECT_EQ(joined(long_lines(one("a.cpp", "\u03c0\u03c0\u03c0"), 3)), "");
}

TEST(Style, NamesSayWhatIsInside) {
  EXPECT_EQ(joined(empty_names(repository())), "");
  for (const char* path : {"ir/utils.h", "ir/string_util.cpp", "compiler/common/a.h", "misc.sh"}) {
    EXPECT_EQ(empty_names(one(path, "")).size(), 1U) << path;
  }
  EXPECT_EQ(joined(empty_names(one("ir/futile_commons.h", ""))), "");
}

TEST(Style, HeadersOpenWithTheirContract) {
  EXPECT_EQ(joined(headers_without_contract(repository())), "");
  EXPECT_EQ(headers_without_contract(one("a.h", "#include <x>\n")).size(), 2U);
  EXPECT_EQ(headers_without_contract(one("a.h", "// What a is.\n#pragma once\n")).size(), 0U);
  EXPECT_EQ(headers_without_contract(one("a.h", "/* For C. C99. */\n#ifndef A_H\n")).size(), 0U);
  EXPECT_EQ(headers_without_contract(one("a.h", "/* For C. */\n#ifndef A_H\n")).size(), 2U);
}

TEST(Style, LlvmStaysInTheCpuTarget) {
  EXPECT_EQ(joined(stray_llvm(repository())), "");
  const char* include = "#include <llvm/IR/Value.h>\n";
  EXPECT_EQ(stray_llvm(one("compiler/fuse.cpp", include)).size(), 1U);
  EXPECT_EQ(stray_llvm(one("runtime/tensor.h", "#include \"llvm-c/Core.h\"\n")).size(), 1U);
  EXPECT_EQ(stray_llvm(one("compiler/target/cpu/emit.cpp", include)).size(), 0U);
  EXPECT_EQ(stray_llvm(one("runtime/jit.cpp", include)).size(), 0U);
}

// The made-up lines are in two pieces, or this file would not pass its own gates.
TEST(Style, NothingOfAMachine) {
  EXPECT_EQ(joined(machine_details(repository())), "");
  const std::pair<std::string, std::string> lines[] = {{"cd /wor", "k/here"},
                                                       {"see `/ro", "ot/x`"},
                                                       {"https://py", "pi.org/simple"},
                                                       {"deb http://deb.deb", "ian.org/"},
                                                       {"https://me:k", "ey@host.net"}};
  for (const auto& [left, right] : lines) {
    EXPECT_EQ(machine_details(one("README.md", left + right)).size(), 1U) << left << right;
  }
  EXPECT_EQ(joined(machine_details(one("a.md", "the /workings of https://llvm.org/docs"))), "");
}

TEST(Style, NothingUnfinished) {
  EXPECT_EQ(joined(unfinished(repository())), "");
  EXPECT_EQ(unfinished(one("a.cpp", std::string("// TO") + "DO: the rest")).size(), 1U);
}

} // namespace
} // namespace nnc::style
