// `scan`, `while` and `cond`: nodes that hold the graphs of local functions. What these use of the
// model becomes operands behind those that are written. Graphs with a random site carry the number
// of steps taken as well (language.md 4.7).
#include "frontends/model/body_layout.h"
#include "frontends/model/control_forms.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

/// One node, from what is written to its results.
class Evaluator::ControlNode {
public:
  ControlNode(Evaluator& evaluator, const NodeDoc& node, const Term& term, const ControlForm& form)
      : e_(evaluator), node_(node), term_(term), form_(form) {}

  std::vector<Value> build();

private:
  bool read();
  bool read_named(const Argument& argument);
  bool read_setting(std::string_view name, const Argument& argument);

  std::vector<Value> loop();
  std::vector<Value> branch();
  bool check_count(const FunctionDoc& function, bool slices);
  bool pass_to_body(std::span<const Value> values);
  bool check_carries();
  bool enter(int loops);
  std::vector<Value> make(std::vector<Value> operands);

  /// A function that the node runs, and what is passed to it.
  struct Side {
    const FunctionDoc* function = nullptr;
    std::vector<Passed> operands = {};
    const BuiltBody* built = nullptr;
  };

  Evaluator& e_;
  const NodeDoc& node_;
  const Term& term_;
  const ControlForm& form_;
  std::array<Side, 2> sides_;
  std::array<std::vector<nn::Operand>, 4> values_; ///< by what they are for
  std::vector<nn::Operand> in_;                    ///< by position
  NamedAttrs attrs_;
  BodyLayout layout_;
};

/// No name of a model is written so.
std::string Evaluator::counter_name(int loop) { return fmt::format("iteration@{}", loop); }

std::vector<Value> Evaluator::control(const NodeDoc& node, const Term& term) {
  return ControlNode(*this, node, term, *find_control_form(term.text)).build();
}

std::vector<Value> Evaluator::ControlNode::build() {
  if (!read()) return {};
  return form_.branch ? branch() : loop();
}

// --- what is written

/// An attribute of the row.
bool Evaluator::ControlNode::read_setting(std::string_view name, const Argument& argument) {
  const auto& specs = e_.build_.context.ops.at(term_.text).attrs;
  const AttrSpec& spec = *std::ranges::find(specs, name, &AttrSpec::name);
  const bool number = spec.kind == AttrKind::integer;
  const nn::AttrDecl attr{.name = spec.name,
                          .kinds = {spec.kind},
                          .interval = number ? nn::Interval::not_negative : nn::Interval::any};
  Arguments read;
  if (!e_.bind_attribute(node_, term_, attr, argument, read)) return false;
  if (!absent(read.attrs[0].value)) attrs_.push_back({name, std::move(read.attrs[0].value)});
  return true;
}

bool Evaluator::ControlNode::read_named(const Argument& argument) {
  const auto first = std::ranges::find(term_.arguments, argument.name, &Argument::name);
  if (&*first != &argument) {
    e_.fail("E0204", argument.mark,
            fmt::format("{}: '{}' is given twice", term_.text, argument.name));
    return false;
  }
  if (const auto place = place_of(argument, form_.functions); place < form_.functions.size()) {
    sides_[place].function = e_.named_function(node_, term_, argument);
    return sides_[place].function != nullptr;
  }
  if (const auto place = place_of(argument, form_.values); place < form_.values.size())
    return e_.named_operands(node_, argument, true, values_[place]);
  if (const auto place = place_of(argument, form_.settings); place < form_.settings.size())
    return read_setting(form_.settings[place], argument);
  std::vector<std::string_view> known(form_.functions.begin(), form_.functions.end());
  known.insert(known.end(), form_.values.begin(), form_.values.end());
  known.insert(known.end(), form_.settings.begin(), form_.settings.end());
  std::erase(known, std::string_view{});
  std::string help = did_you_mean(argument.name, known);
  if (help.empty()) help = fmt::format("its attributes are {}", fmt::join(known, " "));
  e_.fail("E0204", argument.mark,
          fmt::format("{} has no attribute {}", term_.text, quote(argument.name)), std::move(help));
  return false;
}

bool Evaluator::ControlNode::read() {
  bool fine = true;
  for (const Argument& argument : term_.arguments) {
    if (!argument.name.empty()) {
      fine = read_named(argument) && fine;
    } else if (argument.term >= 0 && form_.branch) {
      in_.push_back(e_.term_value(argument.term));
    } else {
      e_.fail("E0204", argument.mark,
              form_.branch ? term_.text + " takes values as operands"
                           : term_.text + " takes its operands by what they are for",
              form_.branch ? ""
                           : "'init' holds what is carried, 'over' what is read slice by slice, "
                             "'with' what is the same in every step");
      return false;
    }
  }
  for (std::size_t i = 0; fine && i < form_.functions.size(); ++i) {
    if (form_.functions[i].empty() || sides_[i].function) continue;
    e_.fail("E0204", term_.mark, fmt::format("{}: '{}' is missing", term_.text, form_.functions[i]),
            "it names a function of the model that has inputs and nodes of its own");
    return false;
  }
  return fine;
}

// --- what the functions get and give

/// Is there an operand for each input of a loop's function?
bool Evaluator::ControlNode::check_count(const FunctionDoc& function, bool slices) {
  const auto& [init, over, with, count] = values_;
  const std::size_t given = init.size() + (slices ? over.size() : 0) + with.size();
  if (given == function.inputs.size()) return true;
  std::string parts = fmt::format("{} in 'init'", init.size());
  if (slices) parts += fmt::format(", {} in 'over'", over.size());
  e_.fail("E0309", term_.mark,
          fmt::format("{}: function {} takes {}, not {} ({}, {} in 'with')", term_.text,
                      quote(function.name.text), counted(std::ssize(function.inputs), "operand"),
                      given, parts, with.size()),
          slices ? "its inputs are what is carried, a slice of each 'over', and each 'with'"
                 : "its inputs are what is carried, and each 'with'");
  return false;
}

/// What a step is passed, from the values of the whole loop.
bool Evaluator::ControlNode::pass_to_body(std::span<const Value> values) {
  const std::size_t carries = values_[0].size(), over = values_[1].size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    Passed passed = e_.passed(values[i]);
    if (i < carries + over) passed.state = false;
    const bool slice = i >= carries && i < carries + over;
    if (slice && passed.type.scalar()) {
      e_.fail("E0203", term_.mark,
              fmt::format("{}: {} gets a slice of axis 0 as {}, and {} has no axis", term_.text,
                          quote(sides_[0].function->name.text),
                          quote(sides_[0].function->inputs[i].name.text), to_string(passed.type)),
              "what is the same in every step stands in 'with'");
      return false;
    }
    if (slice) passed.type.shape.erase(passed.type.shape.begin());
    sides_[0].operands.push_back(passed);
    if (!slice) sides_[1].operands.push_back(std::move(passed));
  }
  return true;
}

/// Builds the graphs; false after an error.
bool Evaluator::ControlNode::enter(int loops) {
  for (Side& side : sides_) {
    if (!side.function) continue;
    const OriginId here = e_.scope_.origin;
    side.built = e_.body(*side.function, side.operands, loops);
    e_.scope_.origin = here;
    if (!side.built || !e_.within_limit(term_, *side.built)) return false;
    if (side.built->updated_inputs.empty()) continue;
    const Graph& graph = *side.built->graph;
    const std::string state = graph.leaf_name(graph.inputs[side.built->updated_inputs[0]]);
    e_.fail("E0312", term_.mark,
            fmt::format("{} of function {}, which sets state {}", term_.text,
                        quote(side.function->name.text), quote(state)),
            "only `call` sets state; give the new value as a result");
    return false;
  }
  return true;
}

/// Does the body give new values of what is carried, of the same types?
bool Evaluator::ControlNode::check_carries() {
  const Side& body = sides_[0];
  const Graph& graph = *body.built->graph;
  const std::string name = quote(body.function->name.text);
  const std::size_t carries = values_[0].size();
  if (body.built->results < carries) {
    e_.fail("E0309", term_.mark,
            fmt::format("{}: {} gives {} for {}", term_.text, name,
                        counted(static_cast<std::int64_t>(body.built->results), "result"),
                        counted(static_cast<std::int64_t>(carries), "carried value")),
            "its results are the new values of what is carried, then what is stacked");
    return false;
  }
  for (std::size_t i = 0; i < carries; ++i) {
    const Type& before = body.operands[i].type;
    const Type& after = graph.type(graph.outputs[i].value);
    if (before == after) continue;
    e_.fail("E0203", term_.mark,
            fmt::format("{}: {} carries {}, which is {}, and gives {}, which is {}, for it",
                        term_.text, name, quote(body.function->inputs[i].name.text),
                        to_string(before), quote(body.function->out[i].text), to_string(after)),
            "a carry keeps its type from step to step");
    return false;
  }
  return true;
}

// --- the node

std::vector<Value> Evaluator::ControlNode::loop() {
  const auto& [init, over, with, count] = values_;
  const FunctionDoc* condition = sides_[1].function;
  if (!check_count(*sides_[0].function, true)) return {};
  if (condition && !check_count(*condition, false)) return {};
  std::vector<nn::Operand> written = init;
  written.insert(written.end(), over.begin(), over.end());
  written.insert(written.end(), with.begin(), with.end());
  std::vector<Value> values = e_.call_values(*sides_[0].function, written);
  if (e_.scope_.error() || !pass_to_body(values)) return {};
  if (!enter(e_.loops_ + 1) || !check_carries()) return {};
  auto carries = static_cast<std::int64_t>(init.size());
  if (sides_[0].built->random || (condition && sides_[1].built->random)) {
    layout_.add_counter(init.size(), counter_name(e_.loops_ + 1));
    values.insert(values.begin() + carries++, e_.scope_.scalar(DType::u32, 0));
  }
  attrs_.push_back({"carries", carries});
  attrs_.push_back({"over", static_cast<std::int64_t>(over.size())});
  std::vector<Value> results = make(std::move(values));
  if (results.empty()) return {};
  if (layout_.has_counter()) results.erase(results.begin() + carries - 1);
  if (condition && std::ranges::find(attrs_, "max_steps", &NamedAttr::name) == attrs_.end())
    e_.build_.unbounded = true;
  // Inside an expression the number of steps is no result.
  if (condition && &term_ != &node_.expression.terms.back()) results.pop_back();
  return results;
}

std::vector<Value> Evaluator::ControlNode::branch() {
  std::vector<nn::Operand>& pred = values_[0];
  if (pred.empty() && !in_.empty()) {
    pred.push_back(in_[0]);
    in_.erase(in_.begin());
  }
  const auto* asked = pred.size() == 1 ? std::get_if<Value>(&pred[0]) : nullptr;
  if (!asked) {
    e_.fail("E0204", term_.mark, term_.text + ": 'pred' is one bool[], which says what to take");
    return {};
  }
  for (const Side& side : sides_) {
    std::vector<nn::Operand> operands;
    if (side.function->inputs.size() == in_.size()) continue;
    e_.fail("E0309", term_.mark,
            fmt::format("{}: function {} takes {}, not {}", term_.text,
                        quote(side.function->name.text),
                        counted(std::ssize(side.function->inputs), "operand"), in_.size()),
            "both functions take the same operands");
    return {};
  }
  std::vector<Value> values = e_.call_values(*sides_[0].function, in_);
  if (e_.scope_.error()) return {};
  for (Side& side : sides_)
    for (const Value value : values) side.operands.push_back(e_.passed(value));
  if (!enter(e_.loops_)) return {};
  values.insert(values.begin(), *asked);
  return make(std::move(values));
}

/// The node for these operands and what the graphs use besides.
std::vector<Value> Evaluator::ControlNode::make(std::vector<Value> operands) {
  for (const Side& side : sides_)
    if (side.built) layout_.unite(*side.built, side.operands.size());
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    const Side& side = sides_[i];
    if (!side.built) continue;
    const bool counts = layout_.has_counter() && i == 0;
    attrs_.push_back({form_.functions[i],
                      Body{layout_.graph(e_.build_, *side.built, side.operands.size(), counts)}});
  }
  for (const BodyLayout::Captured& one : layout_.captured())
    operands.push_back(e_.capture(one.name, one.leaf, *one.graph));
  if (!values_[3].empty()) {
    const nn::Operand& count = values_[3][0];
    const auto* number = std::get_if<nn::Number>(&count);
    operands.push_back(number ? e_.scope_.number(term_.text, DType::i64, *number)
                              : std::get<Value>(count));
    attrs_.push_back({"counted", true});
  }
  std::vector<Value> results = e_.scope_.ops(term_.text, operands, attrs_);
  return e_.scope_.error() ? std::vector<Value>{} : results;
}

} // namespace nnc
