#include "frontends/json/read_model.h"

#include "frontends/expr/parser.h"
#include "frontends/json/fields.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nnc {
namespace {

using Field = Fields::Field;
constexpr std::size_t max_nodes = 10'000'000;

/// The names on the left of an expression that cannot be read; empty if they cannot be either.
std::vector<NameDoc> names_before_equal(std::string_view text, Mark mark) {
  std::vector<NameDoc> names;
  std::string_view left = text.substr(0, text.find('='));
  while (!left.empty()) {
    std::string_view name = left.substr(0, left.find(','));
    left.remove_prefix(std::min(name.size() + 1, left.size()));
    constexpr std::string_view around = " \t\n`";
    name.remove_prefix(std::min(name.find_first_not_of(around), name.size()));
    name = name.substr(0, name.find_last_not_of(around) + 1);
    if (!is_name(name)) return {};
    names.push_back({std::string(name), mark});
  }
  return names;
}

class ModelReader {
public:
  ModelReader(const std::string& file, const StringColumns& columns) : fields_(file, columns) {
    doc_.file = file;
  }

  OrErrors<ModelDoc> run(JsonText& json, Errors* found) {
    AttrObject* object = fields_.object(json.root, "a model");
    // What stands under a key that is given twice is not read.
    if (!json.repeated.empty()) lost();
    for (Error& error : json.repeated) fields_.fail(std::move(error));
    if (object) model(*object, json.root.mark);
    if (!fields_.error_count()) return std::move(doc_);
    if (!found || !object) return fields_.take();
    std::ranges::move(fields_.take(), std::back_inserter(*found));
    return std::move(doc_);
  }

private:
  void lost() { doc_.values_lost = doc_.functions_lost = doc_.sizes_lost = true; }

  void model(AttrObject& object, Mark mark) {
    bool version = false;
    const std::vector<Field> keys = {
        {"nnc",
         [&](AttrEntry& entry) {
           version = true;
           check_version(entry.value);
         }},
        {"name", [&](AttrEntry& e) { doc_.name = fields_.string(e.value, "'name'"); }},
        {"denormals", [&](AttrEntry& e) { denormals(e.value); }},
        {"sizes", [&](AttrEntry& e) { doc_.sizes = sizes(e.value); }},
        {"inputs", [&](AttrEntry& e) { doc_.inputs = inputs(e.value); }},
        {"params", [&](AttrEntry& e) { doc_.params = leaves(e, Role::param); }},
        {"state", [&](AttrEntry& e) { doc_.state = leaves(e, Role::state); }},
        {"constants", [&](AttrEntry& e) { doc_.constants = leaves(e, Role::constant); }},
        {"nodes", [&](AttrEntry& e) { doc_.nodes = nodes(e.value); }},
        {"functions", [&](AttrEntry& e) { functions(e.value); }}};
    if (!fields_.each(object, "a model", keys)) lost();
    if (!version)
      fields_.fail("E0106", mark, "the key 'nnc' is missing",
                   "start the model with \"nnc\": 1, the version of the format");
  }

  void check_version(const AttrDoc& value) {
    const auto* number = value.get<NumberDoc>();
    if (number && number->integer == 1) return;
    fields_.fail("E0111", value.mark,
                 number
                     ? "version " + number_text(*number) + " of the format is not known"
                     : "'nnc' is the version of the format, not " + std::string(kind_name(value)),
                 "the newest version is 1");
  }

  void denormals(const AttrDoc& value) {
    const std::string text = fields_.string(value, "'denormals'");
    if (text == "keep")
      doc_.keep_denormals = true;
    else if (!text.empty() && text != "flush")
      fields_.fail("E0107", value.mark, "'denormals' is \"keep\" or \"flush\", not " + quote(text));
  }

  std::vector<std::pair<NameDoc, SizeDoc>> sizes(AttrDoc& value) {
    std::vector<std::pair<NameDoc, SizeDoc>> result;
    AttrObject* object = fields_.object(value, "'sizes'");
    if (!object) return lost(), result;
    for (AttrEntry& entry : *object) {
      const std::size_t before = fields_.error_count();
      if (!is_bare_name(entry.key.text))
        fields_.fail("E0108", entry.key.mark, quote(entry.key.text) + " cannot be a size symbol",
                     "a letter or _ first, then letters, digits and _");
      const SizeDoc size = fields_.size(entry.value, "'" + entry.key.text + "':");
      if (fields_.error_count() == before)
        result.emplace_back(entry.key, size);
      else
        doc_.sizes_lost = true, doc_.lost_sizes.push_back(entry.key);
    }
    return result;
  }

  std::vector<LeafDoc> inputs(AttrDoc& value) {
    std::vector<LeafDoc> result;
    AttrObject* object = fields_.object(value, "'inputs'");
    if (!object) doc_.values_lost = true;
    if (!object) return result;
    for (AttrEntry& entry : *object) {
      LeafDoc leaf{.name = fields_.name(entry.key, "the input")};
      leaf.type = fields_.type(entry.value, "an input");
      if (!leaf.name.text.empty()) result.push_back(std::move(leaf));
    }
    return result;
  }

  std::vector<LeafDoc> leaves(AttrEntry& group, Role role) {
    std::vector<LeafDoc> result;
    AttrObject* object = fields_.object(group.value, "'" + group.key.text + "'");
    if (!object) doc_.values_lost = true;
    if (!object) return result;
    for (AttrEntry& entry : *object) {
      LeafDoc leaf{.name = fields_.name(entry.key, role_name(role)), .role = role};
      if (AttrObject* inside = fields_.object(entry.value, "a " + std::string(role_name(role))))
        this->leaf(*inside, leaf);
      if (!leaf.name.text.empty()) result.push_back(std::move(leaf));
    }
    return result;
  }

  void leaf(AttrObject& object, LeafDoc& leaf) {
    const std::size_t before = fields_.error_count();
    std::vector<Field> keys = {
        {"type", [&](AttrEntry& e) { leaf.type = fields_.type(e.value, "a type"); }},
        {"file",
         [&](AttrEntry& e) {
           file(leaf).file = {fields_.string(e.value, "'file'"), e.value.mark};
         }},
        {"tensor", [&](AttrEntry& e) { file(leaf).tensor = fields_.string(e.value, "'tensor'"); }}};
    if (leaf.role == Role::constant)
      keys.push_back({"value", [&](AttrEntry& e) { leaf.value = std::move(e.value); }});
    else
      keys.push_back({"init", [&](AttrEntry& e) { leaf.init = std::move(e.value); }});
    const std::string role(role_name(leaf.role));
    fields_.each(object, "a " + role, keys);
    if (fields_.error_count() > before) return;
    const std::string what = role + " " + quote(leaf.name.text);
    if (leaf.file && leaf.file->file.text.empty())
      return fields_.fail("E0106", leaf.name.mark, what + " names a tensor but no file");
    if (leaf.file && (leaf.init || leaf.value))
      return fields_.fail("E0107", leaf.name.mark, what + " has a file and a value; one is enough");
    if (!leaf.file && !leaf.type)
      return fields_.fail("E0106", leaf.name.mark, what + " has no type");
    if (leaf.role == Role::constant && !leaf.file && !leaf.value)
      fields_.fail("E0106", leaf.name.mark, what + " has no value");
  }

  static FileDoc& file(LeafDoc& leaf) {
    if (!leaf.file) leaf.file.emplace();
    return *leaf.file;
  }

  std::vector<NodeDoc> nodes(AttrDoc& value) {
    std::vector<NodeDoc> result;
    AttrList* list = fields_.list(value, "'nodes'");
    if (!list || list->size() > max_nodes) doc_.values_lost = true;
    if (!list) return result;
    if (list->size() > max_nodes) {
      fields_.fail("E0103", value.mark,
                   fmt::format("{} nodes; the limit is {}", list->size(), max_nodes));
      return result;
    }
    result.reserve(list->size());
    for (AttrDoc& item : *list) {
      const std::size_t before = fields_.error_count(), count = result.size();
      if (const auto* text = item.get<std::string>())
        expression_node(*text, item.mark, result);
      else if (auto* object = std::get_if<AttrObject>(&item.value))
        object_node(*object, item.mark, result);
      else
        fields_.fail("E0107", item.mark,
                     fmt::format("a node is an object or an expression, not {}", kind_name(item)));
      if (fields_.error_count() > before) keep_if_named(result, count);
      item.value = std::monostate{}; // the tree goes as the model comes
    }
    return result;
  }

  /// Of a damaged node, the one behind the first `count`, the names are still of use.
  void keep_if_named(std::vector<NodeDoc>& nodes, std::size_t count) {
    if (nodes.size() > count && !nodes.back().out.empty()) return;
    doc_.values_lost = true;
    nodes.resize(count);
  }

  void expression_node(const std::string& text, Mark mark, std::vector<NodeDoc>& into) {
    const TextPlaces places{.file = doc_.file,
                            .line = mark.line,
                            .column = mark.column + 1,
                            .columns = fields_.columns.find(mark)};
    auto parsed = parse_assignment(text, places);
    if (!parsed) {
      fields_.fail(parsed.error());
      into.push_back({.out = names_before_equal(text, mark), .mark = mark, .damaged = true});
      return;
    }
    into.push_back({.out = std::move(parsed->out),
                    .text = text,
                    .expression = std::move(parsed->expression),
                    .mark = mark});
  }

  void object_node(AttrObject& object, Mark mark, std::vector<NodeDoc>& into) {
    NodeDoc node;
    node.mark = mark;
    const std::size_t before = fields_.error_count();
    Expression& expression = node.expression;
    Term call{.kind = Term::Kind::call, .mark = mark};
    std::vector<Argument> attributes;
    for (AttrEntry& entry : object) {
      const std::string& key = entry.key.text;
      if (key == "out") {
        node.out = fields_.names(entry.value, "'out'");
      } else if (key == "op") {
        call.text = fields_.string(entry.value, "'op'");
        call.mark = entry.value.mark;
      } else if (key == "in") {
        operands(entry.value, expression, call);
      } else if (key == "scope") {
        node.scope = fields_.string(entry.value, "'scope'");
      } else if (key == "type") {
        node.type = fields_.type(entry.value, "'type'");
      } else if (!Fields::ignored(key)) {
        attributes.push_back({.name = key,
                              .literal = static_cast<int>(expression.literals.size()),
                              .mark = entry.key.mark});
        expression.literals.push_back(std::move(entry.value));
      }
    }
    if (node.out.empty() && !object_has(object, "out"))
      fields_.fail("E0106", mark, "a node needs 'out', the name of its result");
    if (!object_has(object, "op"))
      fields_.fail("E0106", mark, "a node needs 'op', the name of an operation");
    call.arguments.insert(call.arguments.end(), attributes.begin(), attributes.end());
    expression.terms.push_back(std::move(call));
    node.damaged = fields_.error_count() > before;
    into.push_back(std::move(node));
  }

  static bool object_has(const AttrObject& object, std::string_view key) {
    return std::ranges::any_of(object, [&](const AttrEntry& e) { return e.key.text == key; });
  }

  void operands(AttrDoc& value, Expression& expression, Term& call) {
    const auto one = [&](const AttrDoc& item) {
      Argument argument{.mark = item.mark};
      if (item.null()) {
        argument.literal = static_cast<int>(expression.literals.size());
        expression.literals.push_back(item);
      } else {
        argument.term = static_cast<int>(expression.terms.size());
        if (const auto* number = item.get<NumberDoc>())
          expression.terms.push_back(
              {.kind = Term::Kind::number, .number = *number, .mark = item.mark});
        else
          expression.terms.push_back({.kind = Term::Kind::name,
                                      .text = fields_.name(item, "an operand").text,
                                      .mark = item.mark});
      }
      call.arguments.push_back(std::move(argument));
    };
    if (const auto* list = value.get<AttrList>())
      for (const AttrDoc& item : *list) one(item);
    else
      one(value);
  }

  void functions(AttrDoc& value) {
    AttrObject* object = fields_.object(value, "'functions'");
    if (!object) doc_.functions_lost = true;
    if (!object) return;
    for (AttrEntry& entry : *object) {
      const std::size_t before = fields_.error_count();
      FunctionDoc function{.name = fields_.name(entry.key, "the function"), .mark = entry.key.mark};
      if (AttrObject* inside = fields_.object(entry.value, "a function"))
        this->function(*inside, function);
      function.damaged = fields_.error_count() > before;
      if (function.name.text.empty())
        doc_.functions_lost = true;
      else
        doc_.functions.push_back(std::move(function));
    }
  }

  void function(AttrObject& object, FunctionDoc& function) {
    const std::size_t before = fields_.error_count();
    const auto local = [&] { function.local = true; };
    std::optional<Mark> out;
    const std::vector<Field> keys = {
        {"in", [&](AttrEntry& e) { function.in = fields_.names(e.value, "'in'"); }},
        {"out",
         [&](AttrEntry& e) { out = e.value.mark, function.out = fields_.names(e.value, "'out'"); }},
        {"update", [&](AttrEntry& e) { update(e.value, function); }},
        {"minimize",
         [&](AttrEntry& e) { function.minimize = fields_.name(e.value, "'minimize'"); }},
        {"optimizer",
         [&](AttrEntry& e) {
           if (fields_.object(e.value, "'optimizer'")) function.optimizer = std::move(e.value);
         }},
        {"sizes", [&](AttrEntry& e) { function.sizes = sizes(e.value); }},
        {"training",
         [&](AttrEntry& e) { function.training = fields_.boolean(e.value, "'training'"); }},
        {"inputs", [&](AttrEntry& e) { local(), function.inputs = inputs(e.value); }},
        {"nodes", [&](AttrEntry& e) { local(), function.nodes = nodes(e.value); }}};
    fields_.each(object, "a function", keys);
    if (fields_.error_count() > before) return;
    const std::string what = "function " + quote(function.name.text);
    if (function.minimize.has_value() != function.optimizer.has_value())
      fields_.fail("E0106", function.mark,
                   what + (function.minimize ? " has 'minimize' but no 'optimizer'"
                                             : " has 'optimizer' but no 'minimize'"));
    if (function.local && (function.in || function.minimize || !function.update.empty()))
      fields_.fail("E0107", function.mark,
                   what + " has inputs or nodes of its own; 'in', 'update' and 'minimize' are for "
                          "functions over the nodes of the model");
    if (function.out.empty() && function.update.empty() && !function.minimize)
      fields_.fail("E0106", out.value_or(function.mark),
                   out ? "'out' of " + what + " names no value" : what + " has no 'out'");
  }

  void update(AttrDoc& value, FunctionDoc& function) {
    AttrObject* object = fields_.object(value, "'update'");
    if (!object) return;
    for (AttrEntry& entry : *object)
      function.update.emplace_back(fields_.name(entry.key, "the target"),
                                   fields_.name(entry.value, "a new value"));
  }

  ModelDoc doc_;
  Fields fields_;
};

} // namespace

OrErrors<ModelDoc> read_model(std::string_view text, const std::string& file, Errors* found) {
  auto parsed = parse_json(text, file);
  if (auto* errors = std::get_if<Errors>(&parsed)) return std::move(*errors);
  JsonText& json = std::get<JsonText>(parsed);
  return ModelReader(file, json.columns).run(json, found);
}

} // namespace nnc
