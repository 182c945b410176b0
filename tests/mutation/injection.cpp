#include "mutation/injection.h"

#include "ir/batching.h"
#include "ir/pullback.h"
#include "mutation/faulty_builder.h"
#include "mutation/given.h"

#include <fmt/format.h>

#include <utility>

namespace nnc::mutation {
namespace {

/// Rules take no context of their own.
thread_local Injection* in_force = nullptr;

constexpr int deepest = 100;       ///< a rewrite within what it builds itself, and so on
constexpr int most_times = 20'000; ///< a mutant that is reached more often does not come to an end

/// A rewrite within what it builds itself.
class Nested {
public:
  explicit Nested(int& depth) : depth_(depth) {
    if (++depth_ > deepest) {
      --depth_;
      throw Endless("does not come to an end");
    }
  }
  ~Nested() { --depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

private:
  int& depth_;
};

} // namespace

std::string Mutant::id() const { return fmt::format("{} {}, {}: {}", rule, subject, where, edit); }

Injection::Injection(std::string rule, std::string subject, std::optional<Mutant> mutant)
    : rule_(std::move(rule)), subject_(std::move(subject)), mutant_(std::move(mutant)) {
  in_force = this;
}

Injection::~Injection() { in_force = nullptr; }

bool Injection::chosen(std::string_view where, std::string_view kind, std::string_view edit) {
  if (!mutant_) {
    seen_.insert({rule_, subject_, std::string(where), std::string(kind), std::string(edit)});
    return false;
  }
  if (mutant_->where != where || mutant_->edit != edit) return false;
  if (++reached_ > most_times) throw Endless("does not come to an end");
  return true;
}

OpRow Injection::row(OpRow right) {
  if (rule_ == "gradient") {
    grad_ = right.grad;
    right.grad = pull_back;
  } else {
    batch_ = right.batch ? right.batch : batch_rules::same_place;
    right.batch = batch;
  }
  return right;
}

Rewrite Injection::rewrite(const Rewrite& right) {
  rewrite_ = right.apply;
  return {right.name, right.op, apply};
}

void Injection::pull_back(Pullback& p) {
  const Graph& graph = p.b.graph();
  std::vector<Value> cotangents;
  std::vector<bool> needs;
  std::vector<Known> known;
  for (int i = 0; i < p.input_count(); ++i) {
    needs.push_back(p.needs(i));
    known.push_back({fmt::format("in {}", i), p.in(i)});
  }
  for (int i = 0; i < p.node().result_count; ++i) {
    cotangents.push_back(p.has_ct(i) ? p.ct(i) : Value{});
    known.push_back({fmt::format("out {}", i), p.out(i)});
    if (p.has_ct(i)) known.push_back({fmt::format("ct {}", i), p.ct(i)});
  }
  FaultyBuilder builder(p.b, *in_force, std::move(known));
  edit_cotangents(builder, cotangents);
  Pullback broken(builder, graph.node_of(p.out()), std::move(cotangents), needs);
  try {
    in_force->grad_(broken);
  } catch (const InternalError& error) { // nnc checks types where they are given
    throw Refused(error.what());
  }
  builder.check();
  std::vector<Value> given = broken.take(), masks = broken.take_masks();
  edit_given(builder, given, masks);
  builder.check();
  for (int i = 0; i < p.input_count(); ++i) {
    const Value value = given[static_cast<std::size_t>(i)];
    const Value mask = masks[static_cast<std::size_t>(i)];
    if (!value.valid()) continue;
    if (mask.valid())
      p.give_where(i, mask, value);
    else
      p.give(i, value);
  }
}

void Injection::batch(Batching& b) {
  // The node by itself, for a rule of its own with another builder.
  Graph one(b.b.graph().context(), "one");
  std::vector<Value> leaves;
  std::vector<Batched> operands;
  std::vector<Known> known;
  for (int i = 0; i < b.input_count(); ++i) {
    leaves.push_back(one.add_leaf("x" + std::to_string(i), Role::input, b.in_type(i), {}));
    operands.push_back({b.in(i), b.batched(i)});
    known.push_back({fmt::format("in {}", i), b.in(i)});
  }
  Attrs attrs;
  for (const AttrSpec& spec : b.row().attrs) attrs.push_back(b.attrs().get(spec.name));
  const auto node = one.add(b.row(), leaves, attrs, {});
  if (!node) throw InternalError(node.error().message);
  FaultyBuilder builder(b.b, *in_force, std::move(known));
  edit_operands(builder, operands, b.size);
  Batching broken(builder, one, *node, operands, b.size);
  in_force->batch_(broken);
  builder.check();
  std::vector<Value> results = broken.take();
  edit_results(builder, results);
  builder.check();
  for (int i = 0; i < b.node().result_count; ++i) {
    const Value result = results[static_cast<std::size_t>(i)];
    if (!result.valid() ||
        builder.shape(result) != batch_rules::with_first(b.size, b.out_type(i).shape))
      throw Refused("a result of another shape");
    b.give(i, result);
  }
}

Value Injection::apply(Builder& b, const Graph& graph, NodeId node) {
  std::vector<Known> known;
  const auto operands = graph.operands(node);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    known.push_back({fmt::format("in {}", i), operands[i]});
    const auto inner = graph.operands(graph.node_of(operands[i]));
    for (std::size_t k = 0; k < inner.size(); ++k)
      known.push_back({fmt::format("in {} of in {}", k, i), inner[k]});
  }
  const Value before = graph.result(node);
  const Type type = graph.type(before); // the graph grows
  FaultyBuilder builder(b, *in_force, known);
  const OriginId origin = b.origin;
  const Nested nested(in_force->depth_);
  Value after = in_force->rewrite_(builder, graph, node);
  builder.check();
  b.origin = origin;
  if (!after.valid() || after == before) return after;
  edit_replacement(builder, after, known);
  builder.check();
  if (graph.type(after) != type) throw Refused("a value of another type");
  return after;
}

} // namespace nnc::mutation
