#include "ir/verify.h"

#include "ir/messages.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

/// What a type rule's answer depends on; types are interned, so their addresses stand for them.
struct Signature {
  const OpRow* row;
  AttrsId attrs;
  std::vector<const Type*> types; ///< of the operands, then of the results

  bool operator==(const Signature&) const = default;
};

struct HashSignature {
  std::size_t operator()(const Signature& signature) const {
    std::size_t hash = reinterpret_cast<std::size_t>(signature.row) ^ signature.attrs.id;
    for (const Type* type : signature.types)
      hash = (hash ^ reinterpret_cast<std::size_t>(type)) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
  }
};

std::string list_of(std::span<const Type> types) {
  std::string text;
  for (const Type& type : types) text += (text.empty() ? "" : ", ") + to_string(type);
  return text.empty() ? "nothing" : text;
}

/// One graph, without the bodies that it calls.
class Verifier {
public:
  Verifier(const Graph& graph, std::size_t limit) : graph_(graph), limit_(limit) {
    table_.reserve(Checked{graph, 0}, graph.node_count());
    for (const OpRow* row : graph.context().ops.rows())
      rows_.emplace(row, std::ranges::count(row->attrs, AttrKind::body, &AttrSpec::kind) > 0);
  }

  struct NodeRule {
    std::string_view name;
    std::string (Verifier::*broken)(NodeId id); ///< what is wrong, or empty
  };
  struct GraphRule {
    std::string_view name;
    void (Verifier::*check)(std::string_view rule);
  };
  static const std::array<NodeRule, 7> node_rules;
  static const std::array<GraphRule, 3> graph_rules;

  std::vector<GraphFault> run() {
    for (std::uint32_t id = 0; id < graph_.node_count() && faults_.size() < limit_; ++id)
      check_node(NodeId{id});
    for (const GraphRule& rule : graph_rules) // each relies on those before it
      if (faults_.empty()) (this->*rule.check)(rule.name);
    return std::move(faults_);
  }
  /// Nodes that hold functions.
  const std::vector<NodeId>& calls() const { return calls_; }

private:
  /// The nodes before one.
  struct Checked {
    const Graph& graph;
    std::size_t count;
    std::size_t size() const { return count; }
    const Node& operator[](std::size_t id) const {
      return graph.node(NodeId{static_cast<std::uint32_t>(id)});
    }
  };

  void check_node(NodeId id) {
    for (const NodeRule& rule : node_rules) {
      std::string message = (this->*rule.broken)(id);
      if (message.empty()) continue;
      faults_.push_back({.rule = rule.name, .message = std::move(message), .node = id});
      break;
    }
    next_value_ += graph_.node(id).result_count;
  }

  void header_fault(std::string_view rule, std::string message) {
    faults_.push_back({.rule = rule, .message = std::move(message)});
  }

  // ---- nodes ----

  std::string row(NodeId id) {
    return rows_.contains(graph_.node(id).row) ? "" : "the row is not in the table of ops";
  }

  std::string results(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.first.id != next_value_ || node.first.id + node.result_count > graph_.value_count())
      return "its results are not those after the last node's";
    for (int i = 0; i < node.result_count; ++i)
      if (graph_.node_of(graph_.result(id, i)) != id) return "a result has another producer";
    return {};
  }

  std::string operands(NodeId id) {
    const Node& node = graph_.node(id);
    for (std::size_t i = 0; i < node.input_count; ++i)
      if (node.inputs[i].id >= node.first.id)
        return "operand " + std::to_string(i) +
               (node.inputs[i].id < graph_.value_count() ? " is not computed before it"
                                                         : " is no value");
    const auto count = static_cast<int>(node.input_count);
    const OpRow& row = *node.row;
    if (count < row.min_operands || (row.max_operands >= 0 && count > row.max_operands))
      return row.name + " does not take " + std::to_string(count) + " operands";
    return {};
  }

  std::string attributes(NodeId id) {
    const Node& node = graph_.node(id);
    const Attrs& attrs = graph_.context().attrs[node.attrs];
    const std::vector<AttrSpec>& specs = node.row->attrs;
    if (attrs.size() != specs.size())
      return std::to_string(attrs.size()) + " attributes, " + node.row->name + " has " +
             std::to_string(specs.size());
    for (std::size_t i = 0; i < attrs.size(); ++i) {
      if (absent(attrs[i])) {
        if (specs[i].required) return "attribute " + quote(specs[i].name) + " is missing";
        continue;
      }
      if (kind_of(attrs[i]) != specs[i].kind)
        return "attribute " + quote(specs[i].name) + " is a " +
               std::string(attr_kind_name(kind_of(attrs[i]))) + ", not a " +
               std::string(attr_kind_name(specs[i].kind));
      const Literal* literal = std::get_if<Literal>(&attrs[i]);
      if (literal && (!literal->bytes || std::ssize(*literal->bytes) != literal->type.bytes()))
        return "the bytes of " + quote(specs[i].name) + " are not a " + to_string(literal->type);
      if (const Body* body = std::get_if<Body>(&attrs[i]); body && !body->graph)
        return "attribute " + quote(specs[i].name) + " is no function";
    }
    return {};
  }

  std::string bodies(NodeId id) {
    if (!rows_.at(graph_.node(id).row)) return {};
    for (const AttrValue& attr : graph_.context().attrs[graph_.node(id).attrs]) {
      const Body* body = std::get_if<Body>(&attr);
      if (body && &body->graph->context() != &graph_.context())
        return "the function it calls is of another context";
    }
    calls_.push_back(id);
    return {};
  }

  std::string types(NodeId id) {
    const Node& node = graph_.node(id);
    signature_.row = node.row;
    signature_.attrs = node.attrs;
    signature_.types.clear();
    for (const Value value : graph_.operands(node)) signature_.types.push_back(&graph_.type(value));
    for (int i = 0; i < node.result_count; ++i)
      signature_.types.push_back(&graph_.type(graph_.result(id, i)));
    if (const auto known = known_.find(signature_); known != known_.end()) return known->second;
    return known_.emplace(signature_, infer_again(id)).first->second;
  }

  std::string infer_again(NodeId id) {
    const Node& node = graph_.node(id);
    const Attrs& stored = graph_.context().attrs[node.attrs];
    Attrs attrs = stored;
    InferArgs args{*node.row, {}, attrs};
    for (const Value value : graph_.operands(node)) args.in.push_back(graph_.type(value));
    const auto types = node.row->infer(args);
    if (!types) return types.error().message;
    std::vector<Type> found;
    for (int i = 0; i < node.result_count; ++i) {
      found.push_back(graph_.type(graph_.result(id, i)));
      if (const auto error = check_type(found.back())) return error->message;
    }
    if (found != *types)
      return node.row->name + " gives " + list_of(*types) + ", not " + list_of(found);
    for (std::size_t i = 0; i < attrs.size(); ++i)
      if (!same_attr(attrs[i], stored[i]))
        return "attribute " + quote(node.row->attrs[i].name) + " should be " + attr_text(attrs[i]) +
               ", not " + attr_text(stored[i]);
    return {};
  }

  /// A table of its own: the graph's may be what is wrong.
  std::string interned(NodeId id) {
    const Checked checked{graph_, id.id};
    std::uint32_t* slot = table_.find(checked, NodeKey::of(graph_.node(id)), looked_);
    if (*slot) return "it is there already";
    *slot = id.id + 1;
    return {};
  }

  // ---- ports ----

  bool is_value(Value value) const { return value.id < graph_.value_count(); }

  void leaves(std::string_view rule) {
    std::unordered_set<std::string_view> names;
    for (const Value leaf : graph_.inputs) {
      if (!is_value(leaf) || !graph_.is_leaf(leaf)) {
        header_fault(rule, "an input is no leaf");
      } else if (!role_from_name(graph_.attrs(leaf).string("role"))) {
        header_fault(rule, quote(graph_.leaf_name(leaf)) + " is a " +
                               quote(graph_.attrs(leaf).string("role")));
      } else if (!names.insert(graph_.leaf_name(leaf)).second) {
        header_fault(rule, quote(graph_.leaf_name(leaf)) + " is there twice");
      }
    }
    std::size_t found = 0;
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (graph_.node(NodeId{id}).row->leaf) ++found;
    if (faults_.empty() && found != graph_.inputs.size())
      header_fault(rule, std::to_string(found) + " leaves, " +
                             std::to_string(graph_.inputs.size()) + " inputs");
  }

  void outputs(std::string_view rule) {
    std::unordered_set<std::string_view> names;
    for (const Output& output : graph_.outputs) {
      if (!is_value(output.value)) header_fault(rule, quote(output.name) + " is no value");
      if (!names.insert(output.name).second)
        header_fault(rule, quote(output.name) + " is there twice");
    }
  }

  void updates(std::string_view rule) {
    std::unordered_map<std::string_view, Value> targets;
    for (const Value leaf : graph_.inputs)
      if (graph_.role(leaf) == Role::param || graph_.role(leaf) == Role::state)
        targets.emplace(graph_.leaf_name(leaf), leaf);
    std::unordered_set<std::string_view> names;
    for (const Update& update : graph_.updates) {
      const auto target = targets.find(update.target);
      if (target == targets.end())
        header_fault(rule, quote(update.target) + " is no param or state");
      else if (!is_value(update.value))
        header_fault(rule, "the new value of " + quote(update.target) + " is no value");
      else if (graph_.type(update.value) != graph_.type(target->second))
        header_fault(rule, quote(update.target) + " is " + to_string(graph_.type(target->second)) +
                               ", its new value " + to_string(graph_.type(update.value)));
      if (!names.insert(update.target).second)
        header_fault(rule, quote(update.target) + " is updated twice");
    }
  }

  const Graph& graph_;
  std::size_t limit_;
  std::uint32_t next_value_ = 0;
  std::vector<GraphFault> faults_;
  std::unordered_map<const OpRow*, bool> rows_; ///< those of the table; whether they call
  std::vector<NodeId> calls_;
  NodeTable table_; ///< of `interned`
  std::uint64_t looked_ = 0;
  Signature signature_; ///< of the node being checked
  std::unordered_map<Signature, std::string, HashSignature> known_;
};

constexpr std::array<Verifier::NodeRule, 7> Verifier::node_rules = {
    {{"row", &Verifier::row},
     {"results", &Verifier::results},
     {"operands", &Verifier::operands},
     {"attributes", &Verifier::attributes},
     {"bodies", &Verifier::bodies},
     {"types", &Verifier::types},
     {"interned", &Verifier::interned}}};
constexpr std::array<Verifier::GraphRule, 3> Verifier::graph_rules = {
    {{"leaves", &Verifier::leaves},
     {"outputs", &Verifier::outputs},
     {"updates", &Verifier::updates}}};

constexpr std::string_view acyclic = "calls"; ///< no function calls one that calls it

/// A function on the way from the root, and the calls in it.
struct Visit {
  std::shared_ptr<const Graph> body; ///< none: the root
  const Graph* graph;
  std::vector<std::pair<NodeId, std::shared_ptr<const Graph>>> calls = {};
  std::size_t next = 0;
};

/// Verifies one function and lists its calls.
void enter(Visit& visit, std::vector<GraphFault>& faults, std::size_t limit) {
  Verifier verifier(*visit.graph, limit - faults.size());
  for (GraphFault& fault : verifier.run()) {
    fault.body = visit.body;
    faults.push_back(std::move(fault));
  }
  for (const NodeId id : verifier.calls())
    for (const AttrValue& attr : visit.graph->context().attrs[visit.graph->node(id).attrs])
      if (const Body* body = std::get_if<Body>(&attr)) visit.calls.emplace_back(id, body->graph);
}

} // namespace

std::vector<std::string_view> graph_rules() {
  std::vector<std::string_view> names;
  for (const auto& rule : Verifier::node_rules) names.push_back(rule.name);
  for (const auto& rule : Verifier::graph_rules) names.push_back(rule.name);
  names.push_back(acyclic);
  return names;
}

std::vector<GraphFault> verify(const Graph& graph, std::size_t limit) {
  std::vector<GraphFault> faults;
  std::unordered_map<const Graph*, bool> open{{&graph, true}};
  std::vector<Visit> path;
  path.push_back({{}, &graph});
  enter(path.back(), faults, limit);
  while (!path.empty() && faults.size() < limit) {
    Visit& visit = path.back();
    if (visit.next == visit.calls.size()) {
      open[visit.graph] = false;
      path.pop_back();
      continue;
    }
    const auto [node, body] = visit.calls[visit.next++];
    const auto [known, fresh] = open.try_emplace(body.get(), true);
    if (fresh) {
      path.push_back({body, body.get()});
      enter(path.back(), faults, limit);
    } else if (known->second) {
      faults.push_back({.rule = acyclic,
                        .message = quote(body->name) + " is called from within itself",
                        .body = visit.body,
                        .node = node});
    }
  }
  return faults;
}

} // namespace nnc
