#include "frontends/json/write_model.h"

#include "frontends/json/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::size_t line_width = 100;

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      result += c;
  }
  return result + "\"";
}

std::string text_of(const AttrDoc& value);

struct TextOf {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const NumberDoc& number) const { return number_text(number); }
  std::string operator()(const std::string& text) const { return quoted(text); }
  std::string operator()(const Symbol& symbol) const { return quoted(symbol.text); }
  std::string operator()(const AttrList& list) const {
    std::string text = "[";
    for (const AttrDoc& item : list) text += (text.size() > 1 ? ", " : "") + text_of(item);
    return text + "]";
  }
  std::string operator()(const AttrObject& object) const {
    std::string text = "{";
    for (const AttrEntry& entry : object)
      text += (text.size() > 1 ? ", " : " ") + quoted(entry.key.text) + ": " + text_of(entry.value);
    return text + (object.empty() ? "}" : " }");
  }
};

std::string text_of(const AttrDoc& value) { return std::visit(TextOf{}, value.value); }

/// One name stands alone, several in a list.
std::string text_of(const std::vector<NameDoc>& names) {
  if (names.size() == 1) return quoted(names[0].text);
  std::string text = "[";
  for (const NameDoc& name : names) text += (text.size() > 1 ? ", " : "") + quoted(name.text);
  return text + "]";
}

/// The members of an object, in order.
class Members {
public:
  void add(std::string_view key, std::string value) {
    members_.push_back(quoted(key) + ": " + std::move(value));
  }
  bool empty() const { return members_.empty(); }

  std::string line() const {
    if (members_.empty()) return "{}";
    return fmt::format("{{ {} }}", fmt::join(members_, ", "));
  }
  std::string lines(std::size_t indent) const {
    if (members_.empty()) return "{}";
    const std::string margin(indent + 2, ' ');
    return fmt::format("{{\n{}{}\n{}}}", margin, fmt::join(members_, ",\n" + margin),
                       std::string(indent, ' '));
  }
  /// One line where it fits behind `before` columns.
  std::string fit(std::size_t indent, std::size_t before) const {
    const std::string one = line();
    const bool fits =
        one.size() + indent + before <= line_width && one.find('\n') == std::string::npos;
    return fits ? one : lines(indent);
  }

private:
  std::vector<std::string> members_;
};

std::string sizes_text(const std::vector<std::pair<NameDoc, SizeDoc>>& sizes) {
  Members members;
  for (const auto& [name, size] : sizes) members.add(name.text, std::to_string(size.value));
  return members.line();
}

std::string inputs_text(const std::vector<LeafDoc>& inputs, std::size_t indent) {
  Members members;
  for (const LeafDoc& input : inputs) members.add(input.name.text, quoted(to_string(*input.type)));
  return members.fit(indent, 12);
}

std::string leaf_text(const LeafDoc& leaf) {
  Members members;
  if (leaf.type) members.add("type", quoted(to_string(*leaf.type)));
  if (leaf.init) members.add("init", text_of(*leaf.init));
  if (leaf.value) members.add("value", text_of(*leaf.value));
  if (leaf.file) members.add("file", quoted(leaf.file->file.text));
  if (leaf.file && !leaf.file->tensor.empty()) members.add("tensor", quoted(leaf.file->tensor));
  return members.line();
}

/// What a node runs comes first, then operands by name, then attributes by name.
constexpr std::array<std::string_view, 16> first_keys = {
    "function", "pred", "then", "else", "cond",   "body",    "of",    "wrt",
    "seed",     "init", "over", "with", "vector", "tangent", "count", "length"};
constexpr int operands_rank = 4; ///< of keys that stand before "in"

int key_rank(std::string_view key) {
  return static_cast<int>(std::ranges::find(first_keys, key) - first_keys.begin());
}

std::string operands_text(const NodeDoc& node) {
  const Expression& expression = node.expression;
  std::vector<std::string> operands;
  for (const Argument& argument : expression.terms.back().arguments) {
    if (!argument.name.empty()) continue;
    if (argument.term < 0) {
      operands.emplace_back("null");
      continue;
    }
    const Term& term = expression.terms[static_cast<std::size_t>(argument.term)];
    operands.push_back(term.kind == Term::Kind::number ? number_text(term.number)
                                                       : quoted(term.text));
  }
  if (operands.size() == 1) return operands[0];
  return operands.empty() ? "" : fmt::format("[{}]", fmt::join(operands, ", "));
}

std::string node_text(const NodeDoc& node) {
  if (!node.text.empty()) return quoted(node.text);
  const Term& call = node.expression.terms.back();
  Members members;
  members.add("out", text_of(node.out));
  members.add("op", quoted(call.text));
  std::vector<const Argument*> attributes;
  for (const Argument& argument : call.arguments)
    if (!argument.name.empty()) attributes.push_back(&argument);
  std::ranges::sort(attributes, {}, [](const Argument* argument) {
    return std::pair(key_rank(argument->name), argument->name);
  });
  const auto add = [&](bool leading) {
    for (const Argument* argument : attributes)
      if ((key_rank(argument->name) < operands_rank) == leading)
        members.add(argument->name,
                    text_of(node.expression.literals[static_cast<std::size_t>(argument->literal)]));
  };
  add(true);
  if (const std::string operands = operands_text(node); !operands.empty())
    members.add("in", operands);
  add(false);
  if (!node.scope.empty()) members.add("scope", quoted(node.scope));
  if (node.type) members.add("type", quoted(to_string(*node.type)));
  return members.line();
}

std::string nodes_text(const std::vector<NodeDoc>& nodes, std::size_t indent) {
  if (nodes.empty()) return "[]";
  const std::string margin = "\n" + std::string(indent + 2, ' ');
  std::string text = "[";
  for (const NodeDoc& node : nodes) {
    if (text.size() > 1) text += ",";
    text += margin + node_text(node);
  }
  return text + "\n" + std::string(indent, ' ') + "]";
}

std::string function_text(const FunctionDoc& function) {
  Members members;
  if (function.local) {
    members.add("inputs", inputs_text(function.inputs, 6));
    members.add("nodes", nodes_text(function.nodes, 6));
  }
  if (function.in) members.add("in", text_of(*function.in));
  if (!function.out.empty()) members.add("out", text_of(function.out));
  if (!function.update.empty()) {
    Members updates;
    for (const auto& [target, next] : function.update) updates.add(target.text, quoted(next.text));
    members.add("update", updates.fit(6, 12));
  }
  if (function.minimize) members.add("minimize", quoted(function.minimize->text));
  if (function.optimizer) members.add("optimizer", text_of(*function.optimizer));
  if (!function.sizes.empty()) members.add("sizes", sizes_text(function.sizes));
  if (function.training) members.add("training", *function.training ? "true" : "false");
  return members.fit(4, function.name.text.size() + 4);
}

} // namespace

std::string write_model(const ModelDoc& doc) {
  Members top;
  top.add("nnc", "1");
  if (!doc.name.empty()) top.add("name", quoted(doc.name));
  if (doc.keep_denormals) top.add("denormals", "\"keep\"");
  if (!doc.sizes.empty()) top.add("sizes", sizes_text(doc.sizes));
  if (!doc.inputs.empty()) top.add("inputs", inputs_text(doc.inputs, 2));
  const std::pair<std::string_view, const std::vector<LeafDoc>*> groups[] = {
      {"params", &doc.params}, {"state", &doc.state}, {"constants", &doc.constants}};
  for (const auto& [key, leaves] : groups) {
    Members members;
    for (const LeafDoc& leaf : *leaves) members.add(leaf.name.text, leaf_text(leaf));
    if (!members.empty()) top.add(key, members.lines(2));
  }
  if (!doc.nodes.empty()) top.add("nodes", nodes_text(doc.nodes, 2));
  if (!doc.functions.empty()) {
    Members members;
    for (const FunctionDoc& function : doc.functions)
      members.add(function.name.text, function_text(function));
    top.add("functions", members.lines(2));
  }
  return top.lines(0) + "\n";
}

} // namespace nnc
