#include "frontends/model/from_graph.h"

#include "frontends/model/attributes.h"
#include "frontends/model/control_forms.h"
#include "frontends/model/training.h"
#include "ir/control.h"
#include "ir/grad_node.h"
#include "ir/messages.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>

namespace nnc {
namespace {

TypeDoc type_doc(const Type& type) {
  TypeDoc doc{.dtype = type.dtype};
  for (const std::int64_t size : type.shape) doc.shape.push_back({.value = size});
  return doc;
}

/// The shortest number that rounds to `value` in `dtype`.
AttrDoc real_doc(DType dtype, double value) {
  if (!std::isfinite(value))
    return {std::string(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf")};
  if (dtype != DType::f64) {
    const std::string text = fmt::format("{}", static_cast<float>(value));
    double shorter = value;
    std::from_chars(text.data(), text.data() + text.size(), shorter);
    if (static_cast<double>(static_cast<float>(shorter)) == value) value = shorter;
  }
  return {NumberDoc{value, {}}};
}

AttrDoc integer_doc(std::int64_t value) { return {NumberDoc{static_cast<double>(value), value}}; }

AttrDoc element_doc(const Literal& literal, std::int64_t i) {
  const DType dtype = literal.type.dtype;
  if (is_float(dtype)) return real_doc(dtype, literal_real(literal, i));
  if (dtype == DType::boolean) return {literal_integer(literal, i) != 0};
  return integer_doc(literal_integer(literal, i));
}

AttrDoc literal_doc(const Literal& literal) {
  if (literal.type.scalar()) return element_doc(literal, 0);
  AttrList list;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    list.push_back(element_doc(literal, i));
  return {std::move(list)};
}

struct AttrDocOf {
  AttrDoc operator()(std::monostate) const { return {}; }
  AttrDoc operator()(std::int64_t v) const { return integer_doc(v); }
  AttrDoc operator()(double v) const { return real_doc(DType::f64, v); }
  AttrDoc operator()(bool v) const { return {v}; }
  AttrDoc operator()(const std::string& v) const { return {v}; }
  AttrDoc operator()(const std::vector<std::int64_t>& v) const {
    AttrList list;
    for (const std::int64_t item : v) list.push_back(integer_doc(item));
    return {std::move(list)};
  }
  AttrDoc operator()(const std::vector<std::vector<std::int64_t>>& v) const {
    AttrList list;
    for (const auto& item : v) list.push_back((*this)(item));
    return {std::move(list)};
  }
  AttrDoc operator()(DType v) const { return {std::string(dtype_name(v))}; }
  AttrDoc operator()(const Type& v) const { return {to_string(v)}; }
  AttrDoc operator()(const Literal& v) const { return literal_doc(v); }
  AttrDoc operator()(const Body&) const { return {}; }
};

/// "c_f32_0_5": a name that says which constant it is.
std::string constant_name(const Literal& literal) {
  std::string text = "c_" + std::string(dtype_name(literal.type.dtype));
  if (literal.type.scalar()) text += "_" + element_text(literal, 0);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = c == '-' ? 'm' : '_';
  return text;
}

/// As a name of a model: what passes call a value may have other characters.
std::string valid_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '/' &&
        c != '-')
      c = '_';
  return name;
}

/// Nodes of one graph.
class NodeWriter {
public:
  using Bodies = std::unordered_map<const Graph*, std::string>; ///< names

  NodeWriter(const Graph& graph, const Bodies& bodies)
      : graph_(graph), bodies_(bodies), live_(graph.live_nodes()), names_(printed_names(graph)) {
    for (const Value leaf : graph.inputs) take(leaf, valid_name(graph.leaf_name(leaf)));
    for (const Output& output : graph.outputs) {
      outputs_.push_back(output_name(output));
      if (names_[output.value.id] != outputs_.back()) used_.insert(outputs_.back());
    }
  }

  Result<std::vector<NodeDoc>> nodes() {
    std::vector<NodeDoc> result;
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      const Node& node = graph_.node(NodeId{id});
      if (!live_[id] || graph_.is_leaf(node.first)) continue;
      if (Status error = check(node)) return *error;
      result.push_back(write(node));
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const std::string& value = names_[graph_.outputs[i].value.id];
      if (value == outputs_[i] || !aliases_.insert(outputs_[i]).second) continue;
      NodeDoc alias;
      alias.out = {{outputs_[i]}};
      alias.text = written_name(outputs_[i]) + " = " + written_name(value);
      alias.expression.terms.push_back({.text = value});
      result.push_back(std::move(alias));
    }
    return result;
  }

  const std::string& name(Value value) const { return names_[value.id]; }
  const std::vector<std::string>& outputs() const { return outputs_; }

private:
  /// Outputs of one name that are not one value are told apart, from each other and from leaves.
  std::string output_name(const Output& output) const {
    const std::string base = valid_name(output.name);
    std::string name = base;
    const auto taken = [&] {
      const auto other = [&](Value value) { return value != output.value; };
      for (std::size_t i = 0; i < outputs_.size(); ++i)
        if (outputs_[i] == name && other(graph_.outputs[i].value)) return true;
      return std::ranges::any_of(
          graph_.inputs, [&](Value leaf) { return other(leaf) && names_[leaf.id] == name; });
    };
    for (int i = 2; taken(); ++i) name = base + "." + std::to_string(i);
    return name;
  }

  void take(Value value, std::string name) {
    const std::string base = name;
    for (int i = 2; !used_.insert(name).second; ++i) name = base + "." + std::to_string(i);
    names_[value.id] = std::move(name);
  }

  Status check(const Node& node) const {
    for (const AttrValue& value : graph_.context().attrs[node.attrs])
      if (const auto* literal = std::get_if<Literal>(&value);
          literal && literal->type.elements() > max_inline_elements)
        return Error{.code = "E0103",
                     .message = fmt::format("a constant {} is too large to be written out; the "
                                            "limit is {} elements",
                                            to_string(literal->type), max_inline_elements)};
    return std::nullopt;
  }

  static Argument literal(NodeDoc& node, std::string name, AttrDoc value) {
    node.expression.literals.push_back(std::move(value));
    return {.name = std::move(name),
            .literal = static_cast<int>(node.expression.literals.size()) - 1};
  }

  NodeDoc write(const Node& node) {
    NodeDoc doc;
    doc.scope = graph_.context().origins[node.origin].scope;
    const AttrView attrs = graph_.attrs(node);
    for (int i = 0; i < node.result_count; ++i) {
      const Value value{node.first.id + static_cast<std::uint32_t>(i)};
      const bool constant = attr_position(*node.row, "value") >= 0 && node.input_count == 0;
      std::string name = names_[value.id];
      if (constant && graph_.value_name(value).empty())
        name = constant_name(attrs.literal("value"));
      take(value, name.empty() ? node.row->name : valid_name(name));
      doc.out.push_back({names_[value.id]});
    }
    Term call{.kind = Term::Kind::call, .text = node.row->name};
    if (is_derivative(node.row->name))
      derivative(node, doc, call);
    else if (const ControlForm* form = find_control_form(node.row->name))
      control(node, *form, doc, call);
    else
      operation(node, attrs, doc, call);
    doc.expression.terms.push_back(std::move(call));
    return doc;
  }

  void derivative(const Node& node, NodeDoc& doc, Term& call) {
    const GradOperands operands = grad_operands(graph_, node);
    call.arguments.push_back(literal(doc, "of", {name(operands.of)}));
    AttrList wrt;
    for (const Value variable : operands.wrt) wrt.push_back({name(variable)});
    call.arguments.push_back(literal(doc, "wrt", {std::move(wrt)}));
    if (operands.seed.valid())
      call.arguments.push_back(literal(doc, "seed", {name(operands.seed)}));
  }

  AttrDoc name_list(std::span<const Value> values) const {
    AttrList list;
    for (const Value value : values) list.push_back({name(value)});
    return {std::move(list)};
  }

  void control(const Node& node, const ControlForm& form, NodeDoc& doc, Term& call) {
    const AttrView attrs = graph_.attrs(node);
    for (const std::string_view function : form.functions)
      if (!function.empty())
        call.arguments.push_back(
            literal(doc, std::string(function), {bodies_.at(attrs.body(function).graph.get())}));
    if (form.branch) {
      const auto operands = graph_.operands(node);
      call.arguments.push_back(literal(doc, std::string(form.values[0]), {name(operands[0])}));
      add_operands(operands.subspan(1), doc, call);
    } else {
      const LoopOperands loop = loop_operands(graph_, node, node.row->control(attrs));
      const std::array groups = {loop.carries, loop.over, loop.with};
      for (std::size_t i = 0; i < groups.size(); ++i)
        if (!groups[i].empty())
          call.arguments.push_back(literal(doc, std::string(form.values[i]), name_list(groups[i])));
      if (loop.count.valid())
        call.arguments.push_back(literal(doc, std::string(form.values[3]), {name(loop.count)}));
    }
    for (const AttrSpec& spec : node.row->attrs) {
      const AttrValue& value = attrs.get(spec.name);
      const bool setting = std::ranges::find(form.settings, spec.name) != form.settings.end();
      const bool unbounded = value == AttrValue{std::int64_t{-1}}; // what is not written
      if (setting && !unbounded && !absent(value) && value != spec.fallback)
        call.arguments.push_back(literal(doc, spec.name, std::visit(AttrDocOf{}, value)));
    }
  }

  void add_operands(std::span<const Value> operands, NodeDoc& doc, Term& call) const {
    for (const Value operand : operands) {
      call.arguments.push_back({.term = static_cast<int>(doc.expression.terms.size())});
      doc.expression.terms.push_back({.text = name(operand)});
    }
  }

  using BatchAxes = std::vector<std::vector<std::int64_t>>;
  /// `[0, null]`: an axis for each operand, or none.
  static AttrDoc batch_axes(const BatchAxes& axes) {
    AttrList list;
    for (const std::vector<std::int64_t>& axis : axes)
      list.push_back(axis.empty() ? AttrDoc{} : integer_doc(axis[0]));
    return {std::move(list)};
  }

  void operation(const Node& node, const AttrView& attrs, NodeDoc& doc, Term& call) {
    add_operands(graph_.operands(node), doc, call);
    for (const AttrSpec& spec : node.row->attrs) {
      const AttrValue& value = attrs.get(spec.name);
      if (const auto* type = std::get_if<Type>(&value); type && spec.name == "type")
        doc.type = type_doc(*type);
      else if (const auto* body = std::get_if<Body>(&value))
        call.arguments.push_back(literal(doc, spec.name, {bodies_.at(body->graph.get())}));
      else if (const auto* axes = std::get_if<BatchAxes>(&value); axes && takes_function(*node.row))
        call.arguments.push_back(literal(doc, spec.name, batch_axes(*axes)));
      else if (!absent(value) && value != spec.fallback)
        call.arguments.push_back(literal(doc, spec.name, std::visit(AttrDocOf{}, value)));
    }
  }

  const Graph& graph_;
  const Bodies& bodies_;
  std::vector<bool> live_;
  std::vector<std::string> names_;
  std::vector<std::string> outputs_;
  std::set<std::string> used_;
  std::set<std::string> aliases_;
};

class ModelWriter {
public:
  ModelWriter(const Graph& graph, const Model* source) : graph_(graph), source_(source) {}

  Result<ModelDoc> run() {
    if (source_) {
      doc_.name = source_->doc->name;
      doc_.keep_denormals = source_->doc->keep_denormals;
    }
    FunctionDoc function{.name = {graph_.name}};
    function.in.emplace();
    for (const Value leaf : graph_.inputs) {
      const Role role = graph_.role(leaf);
      if (role == Role::input) function.in->push_back({graph_.leaf_name(leaf)});
      group(role).push_back(leaf_doc(leaf));
    }
    const auto below = named_bodies(graph_);
    const NodeWriter::Bodies bodies(below.begin(), below.end());
    NodeWriter writer(graph_, bodies);
    auto nodes = writer.nodes();
    if (!nodes) return nodes.error();
    doc_.nodes = std::move(*nodes);
    for (const Output& output : graph_.outputs) function.out.push_back({output.name});
    for (const Update& update : graph_.updates)
      function.update.emplace_back(NameDoc{update.target}, NameDoc{writer.name(update.value)});
    // What the original did by being a training function stands in the nodes now.
    function.training = false;
    doc_.functions.push_back(std::move(function));
    for (const auto& [graph, name] : below)
      if (Status error = body(*graph, name, bodies)) return *error;
    return std::move(doc_);
  }

private:
  std::vector<LeafDoc>& group(Role role) {
    return role == Role::input   ? doc_.inputs
           : role == Role::param ? doc_.params
           : role == Role::state ? doc_.state
                                 : doc_.constants;
  }

  LeafDoc leaf_doc(Value leaf) const {
    const std::string& name = graph_.leaf_name(leaf);
    LeafDoc doc{.name = {name}, .role = graph_.role(leaf), .type = type_doc(graph_.type(leaf))};
    const Definition* known = source_ ? source_->top.find(name) : nullptr;
    if (known && known->leaf) {
      doc.init = known->leaf->init;
      doc.value = known->leaf->value;
      doc.file = known->leaf->file;
    } else if (source_ && doc.role == Role::state && name != "rng") {
      const auto initial = initial_value(*source_, graph_, leaf, 0);
      if (initial && initial->type.elements()) doc.init = element_doc(*initial, 0);
    }
    return doc;
  }

  Status body(const Graph& graph, const std::string& name, const NodeWriter::Bodies& bodies) {
    FunctionDoc function{.name = {name}};
    function.local = true;
    NodeWriter writer(graph, bodies);
    for (const Value leaf : graph.inputs) {
      LeafDoc input{.name = {writer.name(leaf)}};
      input.type = type_doc(graph.type(leaf));
      function.inputs.push_back(std::move(input));
    }
    auto nodes = writer.nodes();
    if (!nodes) return nodes.error();
    function.nodes = std::move(*nodes);
    for (const std::string& output : writer.outputs()) function.out.push_back({output});
    doc_.functions.push_back(std::move(function));
    return std::nullopt;
  }

  const Graph& graph_;
  const Model* source_;
  ModelDoc doc_;
};

} // namespace

Result<ModelDoc> model_of(const Graph& graph, const Model* source) {
  return ModelWriter(graph, source).run();
}

} // namespace nnc
