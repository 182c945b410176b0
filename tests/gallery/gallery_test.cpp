// docs/gallery: a page for every op, made from its row, compared with what is there. NNC_BLESS=1
// writes the pages and pictures anew.
#include "frontends/models.h"
#include "gallery/page.h"
#include "gallery/picture.h"
#include "ir/textbook.h"
#include "places.h"
#include "testing/compiled_run.h"
#include "testing/golden.h"

#include <fmt/format.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

namespace nnc::gallery {
namespace {

const std::string folder = NNC_SOURCE "/docs/gallery/";

/// What the operand that is not varied is.
constexpr double beside = 2;

/// Values of a compiled function at the abscissae of pictures.
std::vector<Curve> curves_of(const Graph& graph) {
  const std::vector<double> at = abscissae();
  const Type type = graph.type(graph.inputs[0]);
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < at.size(); ++i)
    store_real(type.dtype, bytes->data(), static_cast<std::int64_t>(i), at[i]);
  const std::vector<Literal> inputs{{type, bytes}};
  const auto results = test::run_compiled(graph, inputs);
  if (!results) throw InternalError(results.error().message);
  std::vector<Curve> curves;
  for (const Literal& result : *results) {
    Curve curve{std::string("f") + std::string(curves.size(), '\''), {}};
    for (std::int64_t i = 0; i < type.elements(); ++i)
      curve.values.push_back(literal_real(result, i));
    curves.push_back(std::move(curve));
  }
  return curves;
}

struct Picture {
  std::string file, svg;
};

/// f, f', f'' by each operand.
std::vector<Picture> pictures_of(Context& context, const OpRow& row) {
  std::vector<Picture> pictures;
  const auto count = static_cast<std::int64_t>(abscissae().size());
  for (int varied = 0; varied < row.min_operands; ++varied) {
    const auto graph = function_to_draw(context, row, varied, beside, count);
    if (!graph) continue;
    const bool one = row.min_operands == 1;
    const std::string name = one ? "" : varied == 0 ? ".a" : ".b";
    const std::string title = one ? "x" : varied == 0 ? "a, at b = 2" : "b, at a = 2";
    pictures.push_back({row.name + name + ".svg", picture(title, curves_of(*graph))});
  }
  return pictures;
}

void expect_picture(const Picture& made) {
  const bool there = std::filesystem::exists(folder + made.file);
  if (!there || !alike(golden_file(folder + made.file), made.svg))
    expect_golden(folder + made.file, made.svg);
}

TEST(Gallery, EveryOpHasItsPage) {
  OpTable textbook = standard_ops();
  use_textbook_rules(textbook);
  std::set<std::string> files = {"README.md", "models"};
  std::vector<Listed> listed;
  for (const std::string& name : shown_rows()) {
    SCOPED_TRACE(name);
    const OpRow& row = test_rows().at(name);
    Context context(test_rows());
    const Example example = example_of(context, row);
    Context for_formulas(textbook);
    const auto formulas = formulas_of(example_of(for_formulas, textbook.at(name)));
    std::vector<std::string> pictures;
    for (const Picture& each : pictures_of(context, row)) {
      pictures.push_back(each.file);
      expect_picture(each);
    }
    expect_golden(folder + name + ".md", page_of(row, example, formulas, pictures));
    const bool derived = example.by_order.size() > 1;
    EXPECT_TRUE(derived || !row.grad) << "a rule and no derivative";
    EXPECT_TRUE(derived || !row.derivative.empty()) << "no derivative, and no reason";
    listed.push_back({&row, formulas});
    files.insert(name + ".md");
    files.insert(pictures.begin(), pictures.end());
  }
  expect_golden(folder + "README.md", list_of(listed));
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_TRUE(files.contains(entry.path().filename())) << entry.path() << " is of no op";
}

/// Models are those of ops that do not stand alone, and nothing else.
TEST(Gallery, EveryModelIsOfAPage) {
  std::set<std::string> wanted, found;
  for (const std::string& name : shown_rows())
    if (!stands_alone(test_rows().at(name))) wanted.insert(name + ".json");
  for (const auto& entry : std::filesystem::directory_iterator(folder + "models"))
    found.insert(entry.path().filename());
  EXPECT_EQ(found, wanted);
}

/// The formulas of a page, line by line.
std::vector<std::string> formula_lines(const std::string& page) {
  std::vector<std::string> found;
  std::istringstream lines(page.substr(0, page.find("\n## Kernels")));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = line == "```text";
    if (inside) found.push_back(line);
  }
  return found;
}

/// What no textbook would leave in a formula.
const std::regex& left_over() {
  static const std::regex pattern(
      R"(- ?-|\+ -|\(-\(|[*/] 1( |\)|$)|\b1 \*|\b0 \*|\[[^\]]*iota|[0-9]\.[0-9]{4}|)"
      R"(\bwhere\([^()]*\bwhere|log\(exp|exp\(log|\[\[)");
  return pattern;
}

TEST(Gallery, FormulasAreSimple) {
  for (const std::string& name : shown_rows())
    for (const std::string& line : formula_lines(golden_file(folder + name + ".md"))) {
      EXPECT_FALSE(std::regex_search(line, left_over())) << name << ": " << line;
      EXPECT_LE(line.size(), 80u) << name << ": " << line;
    }
  for (const char* line : {"f = --x", "f = a - -b", "f = x * 1", "f = 1 * x", "f = x / 1",
                           "f = 0.6366197 * x", "f = sum([iota_0 = iota_1] * x)", "f = log(exp(x))",
                           "f = where(a > b, where(a > c, 1, 2), 3)"})
    EXPECT_TRUE(std::regex_search(line, left_over())) << line;
}

} // namespace
} // namespace nnc::gallery
