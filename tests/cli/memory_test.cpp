// --max-memory: what a call takes is known, and refused, before anything is taken.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <charconv>

#include <fmt/format.h>

namespace nnc::cli_test {
namespace {

/// The number behind `before` in a text.
std::int64_t number_after(const std::string& text, const std::string& before) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << text;
  std::int64_t value = -1;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + before.size(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> line(const std::string& command, std::int64_t bytes) {
  std::vector<std::string> words = {
      command, "gemm.json", "-f", "f", "--cpu=x86-64-v3", "--max-memory", std::to_string(bytes)};
  words.push_back(command == "run" ? "--random-inputs" : "--emit=asm");
  return words;
}

TEST(Memory, TheScratchOfContractionsCounts) {
  constexpr std::int64_t buffers = 4 * (96 * 200 + 300 + 1 + 200 * 300 + 96 * 300);
  for (const std::string command : {"run", "compile"}) {
    const Outcome refused = nnc(line(command, buffers));
    EXPECT_EQ(refused.code, 1) << refused.out;
    expect_golden("cli/golden/memory.txt", refused.err);
    const std::int64_t needs = number_after(refused.err, "'f' needs ");
    const std::int64_t scratch = number_after(refused.err, "scratch of kernel 'f_0', ");
    EXPECT_EQ(needs, buffers + scratch);
    EXPECT_EQ(nnc(line(command, needs)).code, 0);
    EXPECT_EQ(nnc(line(command, needs - 1)).code, 1);
  }
}

// The factor that lies along its sum is packed in whole squares, whatever is left of the last run;
// the workspace is what the heap guards here.
TEST(Memory, PackedPanelsStayInTheWorkspace) {
  for (const int channels : {2, 3, 4, 5, 6})
    for (const int taps : {2, 3, 5}) {
      const std::string model = fmt::format(
          R"json({{ "nnc": 1, "inputs": {{ "x": "f32[18,9,{0}]", "w": "f32[{1},6,{0}]" }},
    "nodes": [ "y = conv_transpose(x, w)" ] }})json",
          channels, taps);
      const auto values = [&](const std::string& backend) {
        return nnc({"run", "-", "-f", "y", "--random-inputs", "--backend=" + backend}, model);
      };
      const Outcome compiled = values("cpu");
      EXPECT_EQ(compiled.code, 0) << channels << " " << taps << " " << compiled.err;
      EXPECT_EQ(values("interpreter").code, 0);
    }
}

TEST(Memory, BuffersAreRefusedBeforeAnythingIsCompiled) {
  const Outcome refused = nnc({"run", "-", "--random-inputs", "--max-memory", "1000000000"},
                              R"json({ "nnc": 1, "inputs": { "x": "f32[1000000,1000000]" },
    "nodes": [ "y = x * x", "z = exp(y) + x" ],
    "functions": { "f": { "in": ["x"], "out": ["y", "z"] } } })json");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("E0501"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("'x' f32[1000000,1000000], 4000000000000 bytes"), std::string::npos)
      << refused.err;
}

struct Unmade {
  const char* what; ///< of the message, after its place and code
  const char* model;
};

// What a model writes is of a size; what derivatives keep and batches stack need not be.
const Unmade unmade[] = {
    {"gradient of while (<stdin>:2): while: the result f64[9007199254740993]: size",
     R"json({ "nnc": 1, "inputs": { "x": "f64[]" }, "nodes": [
  { "out": ["y", "n"], "op": "while", "cond": "c", "body": "b", "init": ["x"],
    "max_steps": 9007199254740993 }, "g = grad(y, x)" ],
  "functions": { "c": { "inputs": { "v": "f64[]" }, "nodes": ["p = v < 10"], "out": ["p"] },
    "b": { "inputs": { "v": "f64[]" }, "nodes": ["q = v*2 + 1"], "out": ["q"] },
    "f": { "in": ["x"], "out": ["g"] } } })json"},
    {"gradient of scan (<stdin>:2): scan: the result f64[100000000000,100000,1000] has more than",
     R"json({ "nnc": 1, "inputs": { "x": "f64[100000,1000]", "w": "f64[1000,1000]" }, "nodes": [
  { "out": ["y"], "op": "scan", "body": "b", "init": ["x"], "with": ["w"],
    "length": 100000000000 }, "g = grad(sum(y), w)" ],
  "functions": { "b": { "inputs": { "v": "f64[100000,1000]", "w": "f64[1000,1000]" },
      "nodes": ["q = sin(v@w)"], "out": ["q"] }, "f": { "in": ["x", "w"], "out": ["g"] } } })json"},
    {"a batch of broadcast: broadcast: the result f64[2000000,2000000,2000000,2] has more than",
     R"json({ "nnc": 1, "inputs": { "x": "f64[2000000,2]" }, "nodes": [
  { "out": ["y"], "op": "vmap", "function": "g", "in": ["x"], "axes": [0] } ],
  "functions": { "g": { "inputs": { "a": "f64[2]" }, "nodes": [
      "b = broadcast(a, shape=[2000000,2000000,2], axes=[2])", "y = sum(b)" ], "out": ["y"] },
    "f": { "in": ["x"], "out": ["y"] } } })json"}};

TEST(Memory, TensorsTooLargeToExistAreErrorsOfTheModel) {
  for (const Unmade& each : unmade)
    for (const std::string command : {"opt", "compile", "bench"}) {
      const Outcome refused = nnc({command, "-", "-f", "f"}, each.model);
      EXPECT_EQ(refused.code, 1) << command << ": " << refused.err;
      EXPECT_TRUE(refused.err.starts_with("<stdin>:")) << refused.err;
      EXPECT_NE(refused.err.find(std::string("error[E0202]: ") + each.what), std::string::npos)
          << refused.err;
      EXPECT_NE(refused.err.find("help: "), std::string::npos) << refused.err;
    }
}

TEST(Memory, TooManyDirectionsAreNamed) {
  for (const std::string mode : {"hessian", "laplacian"}) {
    const Outcome refused =
        nnc({"opt", "-", "-f", "h"}, R"json({ "nnc": 1, "inputs": { "x": "f64[3000000000]" },
  "nodes": [ "y = sum(x*x*x)", "h = )json" +
                                         mode + R"json((y, x)" ] })json");
    EXPECT_EQ(refused.code, 1);
    EXPECT_TRUE(refused.err.starts_with(
        "<stdin>:2:37: error[E0202]: the 3000000000 directions of f64[3000000000] together"))
        << refused.err;
  }
}

// A model says so as it is read; a graph as text when it is differentiated.
TEST(Memory, UnboundedLoopsInTextHaveNoDerivative) {
  const std::string graph = R"(func @c(%v: f64[]) -> (%p) {
  %p = lt %v, f64(10.0) : bool[]
}

func @b(%v: f64[]) -> (%q) {
  %q = mul %v, f64(2.0) : f64[]
}

func @f(%x: f64[]) -> (%g) {
  %y, %n = while %x {cond = @c, body = @b, carries = 1} : f64[], i64[]
  %g     = grad %y, %x {wrt = 1} : f64[]
}
)";
  for (const std::string passes : {"", "--passes=differentiate"}) {
    std::vector<std::string> line = {"opt", "-", "-f", "f"};
    if (!passes.empty()) line.push_back(passes);
    const Outcome refused = nnc(line, graph);
    EXPECT_EQ(refused.code, 1) << refused.err;
    EXPECT_NE(refused.err.find("error[E0402]: gradient of while"), std::string::npos)
        << refused.err;
  }
}

} // namespace
} // namespace nnc::cli_test
