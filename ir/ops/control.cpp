// Nodes that stand for a graph until a pass dissolves them: call and vmap (`inline`), grad and sums
// over seeds (`differentiate`).

#include "ir/grad_node.h"
#include "ir/ops/rows.h"

#include <array>

namespace nnc::ops {
namespace {

// --- grad ---

Result<std::vector<Type>> infer_grad(InferArgs& args) {
  const auto wrt = static_cast<std::size_t>(args.view().integer("wrt"));
  const bool seeded = args.view().boolean("seeded"), batched = args.view().boolean("batched");
  const std::size_t first = seeded ? 2 : 1;
  if (args.in.size() != first + wrt)
    return args.operand_error("takes of, " + std::string(seeded ? "seed, " : "") +
                              std::to_string(wrt) + " variables");
  const Type& of = args.in[0];
  if (!is_float(of.dtype))
    return args.operand_error("only floats have derivatives, 'of' is " + to_string(of));
  if (!seeded && !of.scalar())
    return args.operand_error("'of' is " + to_string(of) + ", not a scalar",
                              "sum it, or give a seed of its shape");
  if (batched && !seeded) return args.attr_error("only seeds come in batches, and there is none");
  const std::int64_t chunk = args.view().integer("chunk");
  if (chunk < 0 || (chunk > 0 && !batched))
    return args.attr_error("'chunk' is a number of the seeds of a batch");
  Type one = seeded ? args.in[1] : of;
  if (batched) {
    if (one.scalar()) return args.operand_error("a scalar seed has no batch axis");
    one.shape.erase(one.shape.begin());
  }
  if (one != of)
    return args.operand_error("the seed is " + to_string(args.in[1]) + ", 'of' is " +
                              to_string(of) + (batched ? ", and a batch axis stands first" : ""));
  std::vector<Type> results;
  for (std::size_t i = first; i < args.in.size(); ++i) {
    if (!is_float(args.in[i].dtype))
      return args.operand_error("cannot differentiate with respect to " + to_string(args.in[i]),
                                "only floats have derivatives");
    Type& result = results.emplace_back(args.in[i]);
    if (batched) result.shape.insert(result.shape.begin(), args.in[1].shape[0]);
  }
  return results;
}

Value axes_swapped(Builder& b, Value value) { return axis_to_front(b, value, 1); }

GradOperands grad_again(const Batching& b, Value of, Value seed, std::span<const Value> wrt,
                        bool many) {
  return {.of = of,
          .seed = seed,
          .wrt = wrt,
          .batched = many,
          .forward = b.attrs().boolean("forward"),
          .chunk = b.attrs().integer("chunk")};
}

/// `of` is the same for every example: a batch of seeds.
void batch_of_seeds(Batching& b) {
  const bool seeded = b.attrs().boolean("seeded"), many = b.attrs().boolean("batched");
  const int first = seeded ? 2 : 1;
  Value seed = seeded ? b.whole(1) : b.b.full({b.in_type(0).dtype, {b.size}}, 1.0);
  if (many) { // the batch of the node and that of examples as one
    Shape flat = b.in_type(1).shape;
    flat[0] *= b.size;
    seed = b.b.reshape(seed, flat);
  }
  std::vector<Value> wrt;
  for (int i = first; i < b.input_count(); ++i) wrt.push_back(b.in(i));
  const std::vector<Value> results = build_grad(b.b, grad_again(b, b.in(0), seed, wrt, true));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const int result = static_cast<int>(i);
    Shape shape = b.out_type(result).shape;
    shape.insert(shape.begin(), b.size);
    if (b.batched(result + first)) // `of` does not depend on what differs between examples
      b.give(result, b.b.full({b.out_type(result).dtype, shape}, 0.0));
    else
      b.give(result, b.b.reshape(results[i], shape));
  }
}

/// Examples are independent of each other, so the derivative of a batch with respect to a batch is
/// that of each example. Variables that `of` reads are batched if `of` is: batch_nodes sees to it.
void grad_batch(Batching& b) {
  const bool seeded = b.attrs().boolean("seeded"), many = b.attrs().boolean("batched");
  if (!b.batched(0)) return batch_of_seeds(b);
  const Value of = b.whole(0);
  std::vector<Value> wrt;
  for (int i = seeded ? 2 : 1; i < b.input_count(); ++i) wrt.push_back(b.whole(i));
  const Value seed = !seeded ? b.b.full(b.b.type(of), 1.0)
                     : many  ? axes_swapped(b.b, b.whole(1)) // seeds of the node, then examples
                             : b.whole(1);
  const std::vector<Value> results = build_grad(b.b, grad_again(b, of, seed, wrt, many));
  for (std::size_t i = 0; i < results.size(); ++i)
    b.give(static_cast<int>(i), many ? axes_swapped(b.b, results[i]) : results[i]);
}

// --- sum_over_seeds ---

Result<std::vector<Type>> infer_seed_sum(InferArgs& args) {
  Type one = args.in[2];
  if (one.scalar()) return args.operand_error("a scalar seed has no batch axis");
  one.shape.erase(one.shape.begin());
  if (one != args.in[1])
    return args.operand_error("the seeds are " + to_string(args.in[2]) +
                              ", one of them stands as " + to_string(args.in[1]));
  if (args.view().integer("chunk") < 0) return args.attr_error("'chunk' is a number of the seeds");
  return std::vector<Type>{args.in[0]};
}

/// The seeds are the same for every example, and a sum over them has no axis of its own.
void seed_sum_batch(Batching& b) {
  if (b.batched(1) || b.batched(2)) throw InternalError("seeds that differ between examples");
  b.give(0, b.again_once(std::array{b.in(0), b.in(1), b.in(2)}));
}

// --- call, vmap ---

/// E0203 unless `given` are the types of the body's inputs.
Status check_body_operands(const InferArgs& args, const Graph& body,
                           const std::vector<Type>& given) {
  if (body.inputs.size() != given.size())
    return args.operand_error("'" + body.name + "' takes " + std::to_string(body.inputs.size()) +
                              " operands, not " + std::to_string(given.size()));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (body.type(body.inputs[i]) != given[i])
      return args.operand_error("'" + body.name + "' takes " +
                                to_string(body.type(body.inputs[i])) + " as '" +
                                body.leaf_name(body.inputs[i]) + "', not " + to_string(given[i]));
  return std::nullopt;
}

Result<std::vector<Type>> infer_call(InferArgs& args) {
  const Graph& body = *args.view().body("function").graph;
  if (auto error = check_body_operands(args, body, args.in)) return *error;
  std::vector<Type> types;
  for (const Output& output : body.outputs) types.push_back(body.type(output.value));
  return types;
}

/// Takes the batch axis off a type; its size goes into `size` and must be one for all.
Status remove_batch_axis(const InferArgs& args, std::vector<std::int64_t>& axes, Type& type,
                         std::int64_t& size) {
  if (axes.size() > 1) return args.attr_error("'axes' holds one axis or null for each operand");
  if (axes.empty()) return std::nullopt;
  auto axis = resolve_axis(args, axes[0], type.rank());
  if (!axis) return axis.error();
  axes[0] = *axis;
  const std::int64_t extent = type.shape[static_cast<std::size_t>(*axis)];
  if (size >= 0 && size != extent)
    return args.operand_error("batch axes have sizes " + std::to_string(size) + " and " +
                              std::to_string(extent));
  size = extent;
  type.shape.erase(type.shape.begin() + *axis);
  return std::nullopt;
}

Result<std::vector<Type>> infer_vmap(InferArgs& args) {
  const Graph& body = *args.view().body("function").graph;
  std::vector<std::vector<std::int64_t>> axes = args.view().integer_lists("axes");
  if (axes.size() != args.in.size())
    return args.attr_error("'axes' has " + std::to_string(axes.size()) + " entries for " +
                           std::to_string(args.in.size()) + " operands");
  std::vector<Type> example = args.in;
  std::int64_t size = -1;
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (auto error = remove_batch_axis(args, axes[i], example[i], size)) return *error;
  if (size < 0) return args.attr_error("no operand has a batch axis", "or call the function");
  if (auto error = check_body_operands(args, body, example)) return *error;
  args.set("axes", axes);
  std::vector<Type> types;
  for (const Output& output : body.outputs) {
    Type& type = types.emplace_back(body.type(output.value));
    type.shape.insert(type.shape.begin(), size);
  }
  return types;
}

/// A batch of a node with a body is `vmap` of a graph that holds just this node.
void batch_as_vmap(Batching& b) {
  Context& context = b.b.graph().context();
  auto body = std::make_shared<Graph>(context, b.attrs().body("function").graph->name);
  std::vector<Value> inside, operands;
  std::vector<std::vector<std::int64_t>> axes;
  for (int i = 0; i < b.input_count(); ++i) {
    inside.push_back(body->add_leaf("x" + std::to_string(i), Role::input, b.in_type(i), {}));
    operands.push_back(b.in(i));
    axes.push_back(b.batched(i) ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{});
  }
  std::vector<const Type*> types;
  for (int i = 0; i < b.node().result_count; ++i) types.push_back(&b.out_type(i));
  const NodeId node = body->add_checked(b.row(), inside, b.node().attrs, b.node().origin, types);
  for (int i = 0; i < b.node().result_count; ++i)
    body->outputs.push_back({"y" + std::to_string(i), body->result(node, i)});
  const auto results = b.b.ops("vmap", operands, {{"function", Body{body}}, {"axes", axes}});
  for (std::size_t i = 0; i < results.size(); ++i) b.give(static_cast<int>(i), results[i]);
}

void add_calls(OpTable& table) {
  table.add({.name = "call",
             .kind = "control",
             .min_operands = 0,
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "function", .kind = AttrKind::body, .required = true},
                       {.name = "checkpoint",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "derivatives run it again and keep nothing of it"}},
             .doc = "a function of the model in place of this node",
             .infer = infer_call,
             .batch = batch_as_vmap,
             .cost = no_cost,
             .opaque = true});
  table.add({.name = "vmap",
             .kind = "control",
             .min_operands = 1,
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "function", .kind = AttrKind::body, .required = true},
                       {.name = "axes",
                        .kind = AttrKind::integer_lists,
                        .required = true,
                        .doc = "the batch axis of each operand; none: the same for all examples"}},
             .doc =
                 "a function of the model for each entry of the batch axes, its results stacked on "
                 "axis 0",
             .infer = infer_vmap,
             .batch = batch_as_vmap,
             .cost = no_cost,
             .opaque = true});
}

void add_grad(OpTable& table) {
  table.add({.name = "grad",
             .kind = "control",
             .min_operands = 1,
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "wrt",
                        .kind = AttrKind::integer,
                        .required = true,
                        .doc = "number of variables"},
                       {.name = "seeded", .kind = AttrKind::boolean, .fallback = false},
                       {.name = "batched",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "the seed has an axis in front, and so has every result: one "
                               "derivative for each of its entries"},
                       {.name = "forward",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "`of` is a pullback and the variable its cotangent: this is forward "
                               "mode"},
                       {.name = "chunk",
                        .kind = AttrKind::integer,
                        .fallback = std::int64_t{0},
                        .doc = "so many of these at a time, in a loop; 0: all at once"}},
             .doc = "derivatives of `of` with respect to variables; `differentiate` expands it",
             .infer = infer_grad,
             .batch = grad_batch,
             .cost = no_cost,
             .opaque = true});
}

void add_seed_sum(OpTable& table) {
  table.add({.name = "sum_over_seeds",
             .kind = "control",
             .min_operands = 3,
             .max_operands = 3,
             .attrs = {{.name = "chunk",
                        .kind = AttrKind::integer,
                        .fallback = std::int64_t{0},
                        .doc = "so many of the seeds at a time, in a loop; 0: all at once"}},
             .doc = "the sum over all seeds of what the first operand is for each of them in the "
                    "place of the second; `differentiate` expands it",
             .infer = infer_seed_sum,
             .batch = seed_sum_batch,
             .cost = no_cost,
             .opaque = true});
}

} // namespace

void add_control_rows(OpTable& table) {
  add_calls(table);
  add_grad(table);
  add_seed_sum(table);
}

} // namespace nnc::ops
