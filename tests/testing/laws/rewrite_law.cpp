#include "testing/laws/rewrite_law.h"

#include "compiler/rewrite/check.h"
#include "compiler/rewrite/refine.h"
#include "ir/interpret/interpreter.h"
#include "testing/checked.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

namespace nnc {
namespace {

constexpr std::uint64_t draws = 3; ///< points at which both sides are compared
/// And with -inf among the numbers, which adds nothing to a sum of exponentials. Not inf: softmax
/// of a row with one has no numbers, where the quotient by hand has a 0 beside it.
constexpr std::uint64_t infinite_draws = 3;

const Type operand_type{DType::f64, {3, 4}};

Literal point(std::uint64_t seed, bool infinite) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  const std::array special = infinite ? std::array{lowest, lowest, lowest, 0.0, 1.0, 6.0}
                                      : std::array{0.0, 1.0, -1.0, 6.0, -6.0, 2.0};
  auto bytes = std::make_shared<std::vector<std::byte>>(12 * sizeof(double));
  for (std::int64_t i = 0; i < 12; ++i)
    store_real(DType::f64, bytes->data(), i,
               engine() % 3 == 0 ? special[engine() % 6] : normal(engine));
  return {operand_type, bytes};
}

/// Values of x and y.
std::vector<std::vector<Literal>> points() {
  std::vector<std::vector<Literal>> all;
  for (std::uint64_t i = 0; i < draws + infinite_draws; ++i)
    all.push_back({point(i, i >= draws), point(i + 1000, i >= draws)});
  return all;
}

/// Empty where `before` is finite and `after` is the same.
std::string difference(const Literal& before, const Literal& after) {
  if (before.type != after.type)
    return to_string(before.type) + " becomes " + to_string(after.type);
  for (std::int64_t i = 0; i < before.type.elements(); ++i) {
    const bool real = is_float(before.type.dtype);
    const double old = real ? literal_real(before, i) : double(literal_integer(before, i));
    const double fresh = real ? literal_real(after, i) : double(literal_integer(after, i));
    // 1 - sigmoid(6) has lost three digits before the rewrite finds them again.
    const double allowed = real ? 1e-12 * std::max(1.0, std::abs(old)) + 1e-14 : 0;
    if (std::isfinite(old) && !(std::abs(old - fresh) <= allowed))
      return fmt::format("element {} is {}, after the rewrite {}", i, old, fresh);
  }
  return {};
}

class Law {
public:
  Law(Context& context, const Spelling& spelling, bool gradients)
      : context_(context), graph_(context, "law"), gradients_(gradients) {
    Builder b(graph_);
    const Value x = graph_.add_leaf("x", Role::input, operand_type, {});
    const Value y = graph_.add_leaf("y", Role::input, operand_type, {});
    graph_.outputs = {{"f", spelling(b, x, y)}};
    if (b.error()) throw InternalError(b.error()->message);
  }

  RewriteFindings run(const RewriteSet& set) {
    const auto look = [&](const Rewrite& rewrite, const Graph& graph, Value before, Value after) {
      fired(rewrite, graph, before, after);
    };
    const Graph rewritten =
        rewrite_graph(graph_, context_, {set.first, set.simplifying}, {.on_fired = look});
    for (const auto& at : points_)
      if (findings_.wrong.empty())
        findings_.wrong =
            difference(checked(interpret(graph_, at))[0], checked(interpret(rewritten, at))[0]);
    return std::move(findings_);
  }

private:
  void fired(const Rewrite& rewrite, const Graph& graph, Value before, Value after) {
    findings_.fired.insert(rewrite_key(rewrite));
    if (!findings_.wrong.empty()) return;
    for (const auto& at : points_) {
      const auto values = checked(interpret_values(graph, at, std::vector{before, after}));
      const std::string wrong = difference(values[0], values[1]);
      if (wrong.empty()) continue;
      findings_.wrong = rewrite_key(rewrite) + ": " + wrong;
      return;
    }
    try {
      check_.compare(rewrite.name, graph, before, after, gradients_);
    } catch (const InternalError& error) {
      findings_.wrong = error.what();
    }
  }

  Context& context_;
  Graph graph_;
  bool gradients_;
  const std::vector<std::vector<Literal>> points_ = points();
  RewriteCheck check_;
  RewriteFindings findings_;
};

} // namespace

std::string rewrite_key(const Rewrite& rewrite) {
  return fmt::format("{} {}", rewrite.name, rewrite.op);
}

std::vector<Spelling> spellings_for(const RewriteSet& set) {
  if (set.first.name == stabilizing_rewrites().name) return rewritten_spellings();
  if (set.first.name == refining_rewrites().name) return refined_spellings();
  throw InternalError("no spellings for the rewrites of " + std::string(set.first.name));
}

RewriteFindings rewrite_law(const OpTable& table, const RewriteSet& set, const Spelling& spelling) {
  Context context(table);
  return Law(context, spelling, set.differentiable).run(set);
}

} // namespace nnc
