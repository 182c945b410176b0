// scan, while and cond: nodes that run graphs.

#include "ir/control.h"
#include "ir/cost.h"
#include "ir/messages.h"
#include "ir/ops/control_rules.h"
#include "ir/ops/rows.h"

namespace nnc::ops {
namespace {

std::string types_text(std::span<const Type> types) {
  std::string text;
  for (const Type& type : types) text += (text.empty() ? "" : ", ") + to_string(type);
  return "(" + text + ")";
}

std::vector<Type> input_types(const Graph& graph) {
  std::vector<Type> types;
  for (const Value input : graph.inputs) types.push_back(graph.type(input));
  return types;
}

/// E0203 unless a graph takes operands of these types.
Status check_takes(const InferArgs& args, const Graph& graph, std::span<const Type> given) {
  const std::vector<Type> wanted = input_types(graph);
  if (std::ranges::equal(wanted, given)) return std::nullopt;
  return args.operand_error(quote(graph.name) + " takes " + types_text(wanted) + ", and is given " +
                            types_text(given));
}

/// The operands of a loop by what they are for.
struct LoopTypes {
  std::vector<Type> carries, slices, with;
  std::int64_t length = -1; ///< of what is gone over; -1: nothing is
};

Result<LoopTypes> loop_types(const InferArgs& args, bool counted) {
  const std::int64_t carries = args.view().integer("carries"), over = args.view().integer("over");
  const std::int64_t count = std::ssize(args.in) - (counted ? 1 : 0);
  if (carries < 0 || over < 0 || carries > count || over > count - carries)
    return args.operand_error("has " + std::to_string(args.in.size()) + " operands, not " +
                              std::to_string(carries) + " carries and " + std::to_string(over) +
                              " to go over");
  if (counted && args.in.back() != Type{DType::i64, {}})
    return args.operand_error("the number of steps is i64[], not " + to_string(args.in.back()));
  LoopTypes types;
  for (std::int64_t i = 0; i < count; ++i) {
    Type type = args.in[static_cast<std::size_t>(i)];
    if (i < carries) {
      types.carries.push_back(std::move(type));
    } else if (i >= carries + over) {
      types.with.push_back(std::move(type));
    } else {
      if (type.scalar())
        return args.operand_error("goes over axis 0, and " + to_string(type) + " has none");
      if (types.length >= 0 && types.length != type.shape[0])
        return args.operand_error("goes over operands of " + std::to_string(types.length) +
                                  " and of " + std::to_string(type.shape[0]) + " slices");
      types.length = type.shape[0];
      type.shape.erase(type.shape.begin());
      types.slices.push_back(std::move(type));
    }
  }
  return types;
}

/// Result types of a loop: the carries as the body leaves them, then what is stacked.
Result<std::vector<Type>> loop_results(const InferArgs& args, const LoopTypes& types,
                                       std::int64_t length) {
  const Graph& body = *args.view().body("body").graph;
  std::vector<Type> given = types.carries;
  given.insert(given.end(), types.slices.begin(), types.slices.end());
  given.insert(given.end(), types.with.begin(), types.with.end());
  if (auto error = check_takes(args, body, given)) return *error;
  if (body.outputs.size() < types.carries.size())
    return args.operand_error(quote(body.name) + " gives " + std::to_string(body.outputs.size()) +
                              " values for " + std::to_string(types.carries.size()) + " carries");
  std::vector<Type> results;
  for (std::size_t i = 0; i < body.outputs.size(); ++i) {
    Type type = body.type(body.outputs[i].value);
    if (i < types.carries.size()) {
      if (type != types.carries[i])
        return args.operand_error("carry " + std::to_string(i) + " is " +
                                      to_string(types.carries[i]) + " at first, and " +
                                      quote(body.name) + " makes " + to_string(type) + " of it",
                                  "a carry keeps its type");
    } else if (length < 0) {
      return args.operand_error(quote(body.name) + " has results to stack",
                                "'max_steps' says how many there can be");
    } else {
      type.shape.insert(type.shape.begin(), length);
    }
    results.push_back(std::move(type));
  }
  return results;
}

Result<std::vector<Type>> infer_scan(InferArgs& args) {
  auto types = loop_types(args, args.view().boolean("counted"));
  if (!types) return types.error();
  const bool given = args.view().has("length");
  if (!given && types->length < 0)
    return args.attr_error("'length' says how many steps, where there is nothing to go over");
  if (!given) args.set("length", types->length);
  const std::int64_t length = args.view().integer("length");
  if (length < 0) return args.attr_error("'length' is " + std::to_string(length));
  if (types->length >= 0 && types->length != length)
    return args.attr_error("'length' is " + std::to_string(length) +
                           ", and what it goes over has " + std::to_string(types->length) +
                           " slices");
  return loop_results(args, *types, length);
}

Result<std::vector<Type>> infer_while(InferArgs& args) {
  auto types = loop_types(args, false);
  if (!types) return types.error();
  const bool bounded = args.view().has("max_steps") && args.view().integer("max_steps") != -1;
  const std::int64_t length = bounded ? args.view().integer("max_steps") : -1;
  if (bounded && length < 0) return args.attr_error("'max_steps' is " + std::to_string(length));
  if (types->length >= 0 && types->length != length)
    return args.operand_error("goes over " + std::to_string(types->length) + " slices in " +
                              std::to_string(length) + " steps");
  args.set("max_steps", length);
  const Graph& condition = *args.view().body("cond").graph;
  std::vector<Type> asked = types->carries;
  asked.insert(asked.end(), types->with.begin(), types->with.end());
  if (auto error = check_takes(args, condition, asked)) return *error;
  if (condition.outputs.size() != 1 ||
      condition.type(condition.outputs[0].value) != Type{DType::boolean, {}})
    return args.operand_error(quote(condition.name) + " is the condition, and does not give one " +
                              "bool[]");
  auto results = loop_results(args, *types, length);
  if (results) results->push_back({DType::i64, {}});
  return results;
}

Result<std::vector<Type>> infer_cond(InferArgs& args) {
  if (args.in[0] != Type{DType::boolean, {}})
    return args.operand_error("'pred' is bool[], not " + to_string(args.in[0]));
  const Graph& then = *args.view().body("then").graph;
  const Graph& otherwise = *args.view().body("else").graph;
  const std::span<const Type> given = std::span(args.in).subspan(1);
  std::vector<std::vector<Type>> results;
  for (const Graph* side : {&then, &otherwise}) {
    if (auto error = check_takes(args, *side, given)) return *error;
    results.emplace_back();
    for (const Output& output : side->outputs) results.back().push_back(side->type(output.value));
  }
  if (results[0] != results[1])
    return args.operand_error(quote(then.name) + " gives " + types_text(results[0]) + ", and " +
                              quote(otherwise.name) + " " + types_text(results[1]));
  return results[0];
}

Control scan_control(const AttrView& attrs) {
  return {.kind = ControlKind::loop,
          .body = attrs.body("body").graph,
          .carries = static_cast<int>(attrs.integer("carries")),
          .over = static_cast<int>(attrs.integer("over")),
          .length = attrs.integer("length"),
          .reverse = attrs.boolean("reverse"),
          .counted = attrs.boolean("counted"),
          .checkpoint = attrs.boolean("checkpoint")};
}

Control while_control(const AttrView& attrs) {
  return {.kind = ControlKind::loop,
          .body = attrs.body("body").graph,
          .condition = attrs.body("cond").graph,
          .carries = static_cast<int>(attrs.integer("carries")),
          .over = static_cast<int>(attrs.integer("over")),
          .length = attrs.integer("max_steps")};
}

Control cond_control(const AttrView& attrs) {
  return {.kind = ControlKind::branch,
          .body = attrs.body("then").graph,
          .otherwise = attrs.body("else").graph};
}

/// Of all steps that there can be; one where there is no bound.
double loop_cost(const CostArgs& args) {
  const std::string_view most = args.attrs.declares("length") ? "length" : "max_steps";
  const auto steps = static_cast<double>(args.attrs.integer(most));
  return (steps < 0 ? 1 : steps) * graph_cost(*args.attrs.body("body").graph);
}

double cond_cost(const CostArgs& args) {
  return std::max(graph_cost(*args.attrs.body("then").graph),
                  graph_cost(*args.attrs.body("else").graph));
}

const AttrSpec body_attr{.name = "body",
                         .kind = AttrKind::body,
                         .required = true,
                         .doc = "takes carries, a slice of each operand gone over, and the rest; "
                                "gives new carries, then what is stacked"};
const AttrSpec carries_attr{.name = "carries",
                            .kind = AttrKind::integer,
                            .required = true,
                            .doc = "number of operands carried from step to step"};
const AttrSpec over_attr{.name = "over",
                         .kind = AttrKind::integer,
                         .fallback = std::int64_t{0},
                         .doc = "number of operands of which a step reads one slice of axis 0"};

void add_scan(OpTable& table) {
  table.add({.name = "scan",
             .kind = "control",
             .min_operands = 0,
             .max_operands = -1,
             .results = -1,
             .attrs = {body_attr,
                       carries_attr,
                       over_attr,
                       {.name = "length", .kind = AttrKind::integer, .doc = "number of steps"},
                       {.name = "reverse",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "from the last slice to the first"},
                       {.name = "counted",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "the last operand, an i64[], says how many steps there are"},
                       {.name = "checkpoint",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "its derivative keeps few of the carries and computes the rest "
                               "again"}},
             .doc = "a function of the model for each slice, with values carried from one to the "
                    "next",
             .derivative = "a scan in the other direction that runs the body's derivative",
             .infer = infer_scan,
             .control = scan_control,
             .grad = loop_grad,
             .batch = loop_batch,
             .cost = loop_cost});
}

void add_while(OpTable& table) {
  table.add({.name = "while",
             .kind = "control",
             .min_operands = 0,
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "cond",
                        .kind = AttrKind::body,
                        .required = true,
                        .doc = "takes carries and the rest; another step is taken while it holds"},
                       body_attr,
                       carries_attr,
                       over_attr,
                       {.name = "max_steps",
                        .kind = AttrKind::integer,
                        .doc = "it stops after so many; a derivative needs it"}},
             .doc = "a function of the model as long as another one says so; the last result is "
                    "the number of steps",
             .derivative = "a scan back over the steps taken that runs the body's derivative",
             .infer = infer_while,
             .control = while_control,
             .grad = loop_grad,
             .batch = loop_batch,
             .cost = loop_cost});
}

void add_cond(OpTable& table) {
  table.add({.name = "cond",
             .kind = "control",
             .min_operands = 1,
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "then", .kind = AttrKind::body, .required = true},
                       {.name = "else", .kind = AttrKind::body, .required = true}},
             .doc = "one of two functions of the model; only the one taken runs",
             .derivative = "a cond over the derivatives of both",
             .infer = infer_cond,
             .control = cond_control,
             .grad = branch_grad,
             .batch = branch_batch,
             .cost = cond_cost});
}

} // namespace

void add_loop_rows(OpTable& table) {
  add_scan(table);
  add_while(table);
  add_cond(table);
}

} // namespace nnc::ops
