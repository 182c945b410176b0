// Evaluating nodes of a model into a graph, be it of a function or of a local function's body.
#pragma once

#include "frontends/model/build.h"
#include "frontends/model/sizes.h"

#include <set>
#include <unordered_set>

namespace nnc {

struct ControlForm;
struct DerivativeForm;

/// A local function for operands of certain types.
struct BuiltBody {
  std::shared_ptr<const Graph> graph;
  std::size_t results = 0; ///< the first outputs; then come new values of state
  std::vector<std::size_t> updated_inputs = {};
  std::vector<std::string> input_names = {}; ///< those behind its own are names of the model
  std::int64_t nodes = 0;                    ///< with its calls expanded
  bool random = false; ///< holds a random site, so that it depends on where it is called
};

/// Bodies of local functions in one build: one for each list of operand types, and for each place
/// where one with a random site is called.
inline constexpr std::size_t max_bodies = 100'000;

/// What the graphs of one build share.
struct Build {
  const Model& model;
  Context& context;
  const nn::FunctionTable& functions;
  bool training = false;
  bool open_sizes = false; ///< sizes without a value are no errors
  Sizes sizes = {};        ///< of the function being built
  Errors errors = {};
  std::map<std::string, BuiltBody> bodies = {};
  /// Copies of bodies (first) that take other operands as well, by what these are.
  std::map<std::pair<std::shared_ptr<const Graph>, std::string>, std::shared_ptr<const Graph>>
      laid_out = {};
  std::vector<const FunctionDoc*> stack = {}; ///< local functions being built
  bool unbounded = false;                     ///< one of the graphs holds a loop without a bound

  void report(Error error); ///< once; not E0307 where sizes are open
};

/// Builds into one graph.
class Evaluator {
public:
  /// `local`: the function whose body this is, or null. `site` begins the paths of random sites;
  /// `loops` run around it.
  Evaluator(Build& build, const NodeGroup& group, Graph& graph, Sizes sizes,
            const FunctionDoc* local, std::string site, int loops = 0);

  /// Evaluates the nodes that `names` depend on.
  void run(const std::vector<std::string_view>& names);
  /// The value of a name; a leaf is made when it is first asked for. `monostate` after an error, of
  /// this name or of what it is computed from.
  nn::Operand lookup(std::string_view name, Mark mark);
  /// Likewise, with a number as a scalar of `dtype`.
  Value value(std::string_view name, Mark mark, DType dtype = DType::f32);
  /// A leaf of the function by its own name and type, whoever asks for it.
  void define(std::string_view name, Value value) { values_[name] = value; }
  /// Reports what went wrong in the scope, if anything; true if so.
  bool failed();

  nn::Scope& scope() { return scope_; }
  const Sizes& sizes() const { return sizes_; }
  /// State with its new value, in the order in which they were set.
  const std::vector<std::pair<Value, Value>>& new_state() const { return new_state_; }
  /// E0402 and false where the derivative that is asked for at `mark` goes through a loop without a
  /// bound.
  bool check_bounds(Mark mark, Value of, std::span<const Value> wrt);
  /// Whether a random site was keyed.
  bool random() const { return random_; }
  OriginId origin(Mark mark, const std::string& scope = {}, const std::string& pointer = {},
                  const std::string& source = {});

private:
  struct Arguments {
    std::vector<nn::Operand> operands;
    NamedAttrs attrs; ///< their names belong to the signature
  };

  nn::Surroundings surroundings();
  Value leaf(const LeafDoc& leaf);
  std::string pointer(int node) const;

  void evaluate(int node);
  void poison(const NodeDoc& node);
  bool poisoned_operand(const Term& term) const;
  /// Results of a term; empty after an error.
  std::vector<nn::Operand> evaluate(const NodeDoc& node, const Term& term);
  std::vector<nn::Operand> call(const NodeDoc& node, const Term& term);
  std::optional<nn::Number> fold(const Term& term) const;
  std::vector<Value> structure(const NodeDoc& node, const Term& term, const OpRow& row);
  bool bind(const NodeDoc& node, const Term& term, const nn::Signature& signature,
            Arguments& arguments);
  bool bind_attribute(const NodeDoc& node, const Term& term, const nn::AttrDecl& attr,
                      const Argument& argument, Arguments& arguments);
  Value swap(const Term& term);
  Value index(const NodeDoc& node, const Term& term);
  std::optional<std::int64_t> subscript(const AttrDoc& doc, bool& fine);
  Value index(Value x, const AttrList& subscripts, Mark mark);

  // derivatives.cpp
  std::vector<Value> derivative(const NodeDoc& node, const Term& term);
  bool named_operands(const NodeDoc& node, const Argument& argument, bool numbers,
                      std::vector<nn::Operand>& into);
  bool named_values(const NodeDoc& node, const Argument& argument, std::vector<Value>& into);
  struct Derivative;
  bool derivative_operands(const NodeDoc& node, const Term& term, const DerivativeForm& form,
                           Derivative& operands);
  bool check_derivative(const Term& term, const DerivativeForm& form, const Derivative& operands);

  // call_local.cpp
  std::vector<Value> call_local(const NodeDoc& node, const Term& term);
  bool call_operands(const Term& term, const FunctionDoc& function, std::size_t first,
                     std::vector<nn::Operand>& operands);
  Value capture(const std::string& name, Value inside, const Graph& body);
  static BuiltBody finish_body(std::shared_ptr<Graph> graph, const Evaluator& inside);
  std::vector<Value> call_values(const FunctionDoc& function,
                                 const std::vector<nn::Operand>& written);
  bool usable(const FunctionDoc& function) const;
  bool can_enter(const FunctionDoc& function);
  bool within_limit(const Term& term, const BuiltBody& built);
  using BatchAxes = std::vector<std::vector<std::int64_t>>; ///< as the row `vmap` takes them
  const FunctionDoc* named_function(const NodeDoc& node, const Term& call,
                                    const Argument& argument);
  const FunctionDoc* take_function(const NodeDoc& node, Term& call);
  bool take_axes(const NodeDoc& node, Term& call, BatchAxes& axes);
  bool take_checkpoint(const NodeDoc& node, Term& call, NamedAttrs& attrs);
  bool example_types(const Term& term, const BatchAxes& axes, std::vector<Type>& types);
  /// An operand of a local function: what it is told of it.
  struct Passed {
    Type type;
    bool state = false; ///< it is a state leaf, which may be set
  };
  Passed passed(Value operand) const;
  const BuiltBody* body(const FunctionDoc& function, const std::vector<Passed>& operands,
                        int loops);

  // control.cpp
  class ControlNode;
  std::vector<Value> control(const NodeDoc& node, const Term& term);
  static std::string counter_name(int loop); ///< of a loop that runs around; 1: the outermost

  void finish(const NodeDoc& node, std::vector<nn::Operand> results, std::uint32_t first_node);
  bool check_type_assertion(const NodeDoc& node, Value value);
  void name_parts(const NodeDoc& node, std::uint32_t first_node);
  void fail(std::string code, Mark mark, std::string message, std::string help = {});
  void fail(Error error, Mark mark);

  nn::Operand term_value(int term) const { return terms_[static_cast<std::size_t>(term)]; }
  const AttrDoc& literal(const NodeDoc& node, const Argument& argument) const {
    return node.expression.literals[static_cast<std::size_t>(argument.literal)];
  }

  Build& build_;
  const NodeGroup& group_;
  Graph& graph_;
  Sizes sizes_;
  const FunctionDoc* local_;
  std::string site_;
  int loops_;
  nn::Scope scope_;
  std::unordered_map<std::string_view, nn::Operand> values_; ///< of names; monostate: failed
  std::unordered_set<std::string_view> wrt_;                 ///< names that derivatives ask for
  std::vector<nn::Operand> terms_;                           ///< of the node being evaluated
  std::vector<std::pair<Value, Value>> new_state_;
  std::map<std::uint32_t, std::string> captured_as_; ///< leaves that could not have their own name
  std::int64_t called_ = 0;                          ///< nodes of the bodies called
  bool random_ = false;
};

} // namespace nnc
