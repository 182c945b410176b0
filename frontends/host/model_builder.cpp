#include "frontends/host/model_builder.h"

#include "frontends/expr/parser.h"
#include "ir/messages.h"

#include <fmt/format.h>

namespace nnc {
namespace {

std::vector<NameDoc> names(const std::vector<std::string>& texts) {
  std::vector<NameDoc> result;
  for (const std::string& text : texts) result.push_back({text});
  return result;
}

std::string written(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  for (const std::string& text : texts) result.push_back(written_name(text));
  return fmt::format("{}", fmt::join(result, ", "));
}

} // namespace

Attribute::Attribute(std::initializer_list<Attribute> list) {
  AttrList items;
  for (const Attribute& item : list) items.push_back(item.doc_);
  doc_.value = std::move(items);
}

Attribute Attribute::kind(const std::string& name, const Attributes& attributes) {
  AttrObject object = {{{"kind"}, {name}}};
  for (const auto& [key, value] : attributes) object.push_back({{key}, value.doc_});
  Attribute attribute(name);
  attribute.doc_.value = std::move(object);
  return attribute;
}

ModelBuilder::ModelBuilder(std::string name) {
  doc_.name = std::move(name);
  doc_.file = doc_.name;
}

ModelBuilder& ModelBuilder::size(const std::string& symbol, std::int64_t value) {
  doc_.sizes.push_back({{symbol}, {.value = value}});
  if ((value < 0 || value > max_size) && !error_)
    error_ = Error{.code = "E0109",
                   .message = fmt::format("{} = {} is not a size", symbol, value),
                   .help = "a size is 0 to 2^40"};
  return *this;
}

ModelBuilder& ModelBuilder::leaf(std::vector<LeafDoc>& into, Role role, const std::string& name,
                                 std::string_view type, const Attribute* init) {
  auto parsed = parse_type_doc(type, {}, doc_.file);
  if (!is_name(name) && !error_)
    error_ = Error{.code = "E0108", .message = quote(name) + " is not a name"};
  if (!parsed && !error_) {
    error_ = parsed.error();
    error_->message = quote(name) + ": " + error_->message;
  }
  LeafDoc leaf{.name = {name}, .role = role};
  if (parsed) leaf.type = std::move(*parsed);
  if (init) leaf.init = init->doc();
  into.push_back(std::move(leaf));
  return *this;
}

ModelBuilder& ModelBuilder::input(const std::string& name, std::string_view type) {
  return leaf(doc_.inputs, Role::input, name, type, nullptr);
}
ModelBuilder& ModelBuilder::param(const std::string& name, std::string_view type,
                                  const Attribute& init) {
  return leaf(doc_.params, Role::param, name, type, &init);
}
ModelBuilder& ModelBuilder::state(const std::string& name, std::string_view type,
                                  const Attribute& init) {
  return leaf(doc_.state, Role::state, name, type, &init);
}

ModelBuilder& ModelBuilder::define(std::string_view assignment) {
  return define(doc_.nodes, assignment);
}

ModelBuilder& ModelBuilder::define(std::vector<NodeDoc>& into, std::string_view assignment) {
  auto parsed = parse_assignment(assignment, {.file = doc_.file, .line = 1, .column = 1});
  if (!parsed) {
    if (!error_) {
      error_ = parsed.error();
      error_->notes.push_back({{}, fmt::format("in \"{}\"", assignment)});
    }
    return *this;
  }
  into.push_back({.out = std::move(parsed->out),
                  .text = std::string(assignment),
                  .expression = std::move(parsed->expression)});
  return *this;
}

ModelBuilder& ModelBuilder::op(const std::string& out, const std::string& op,
                               const std::vector<std::string>& in, const Attributes& attributes) {
  NodeDoc node{.out = {{out}}};
  Expression& expression = node.expression;
  Term call{.kind = Term::Kind::call, .text = op};
  for (const std::string& name : in) {
    call.arguments.push_back({.term = static_cast<int>(expression.terms.size())});
    expression.terms.push_back({.kind = Term::Kind::name, .text = name});
  }
  for (const auto& [name, value] : attributes) {
    call.arguments.push_back(
        {.name = name, .literal = static_cast<int>(expression.literals.size())});
    expression.literals.push_back(value.doc());
  }
  expression.terms.push_back(std::move(call));
  doc_.nodes.push_back(std::move(node));
  return *this;
}

ModelBuilder& ModelBuilder::grad(const std::vector<std::string>& out, const std::string& of,
                                 const std::vector<std::string>& wrt) {
  return define(fmt::format("{} = grad({}, [{}])", written(out), written_name(of), written(wrt)));
}

ModelBuilder& ModelBuilder::hvp(const std::vector<std::string>& out, const std::string& of,
                                const std::vector<std::string>& wrt,
                                const std::vector<std::string>& vector) {
  return define(fmt::format("{} = hvp({}, [{}], [{}])", written(out), written_name(of),
                            written(wrt), written(vector)));
}

ModelBuilder& ModelBuilder::function(const std::string& name, const FunctionSpec& spec) {
  FunctionDoc function{.name = {name}};
  function.in = names(spec.in);
  function.out = names(spec.out);
  function.training = spec.training;
  for (const auto& [target, next] : spec.update)
    function.update.push_back({NameDoc{target}, NameDoc{next}});
  for (const auto& [symbol, size] : spec.sizes)
    function.sizes.push_back({NameDoc{symbol}, SizeDoc{.value = size}});
  if (!spec.minimize.empty()) {
    function.minimize = NameDoc{spec.minimize};
    function.optimizer = Attribute::kind(spec.optimizer.kind, spec.optimizer.attributes).doc();
  }
  doc_.functions.push_back(std::move(function));
  return *this;
}

ModelBuilder& ModelBuilder::local(const std::string& name, const LocalSpec& spec) {
  FunctionDoc function{.name = {name}, .out = names(spec.out), .local = true};
  for (const auto& [input, type] : spec.inputs)
    leaf(function.inputs, Role::input, input, type, nullptr);
  for (const std::string& node : spec.nodes) define(function.nodes, node);
  doc_.functions.push_back(std::move(function));
  return *this;
}

Result<Source> ModelBuilder::source() const {
  if (error_) return *error_;
  auto source = Source::of(doc_);
  if (auto* errors = std::get_if<Errors>(&source)) return combine(*errors);
  if (const Errors errors = std::get<Source>(source).check(); !errors.empty())
    return combine(errors);
  return std::move(std::get<Source>(source));
}

Result<Session> ModelBuilder::session(const SessionOptions& options) const {
  auto made = source();
  if (!made) return made.error();
  return Session::make(std::move(*made), options);
}

} // namespace nnc
