// nnc check: every derivative of a model against dual numbers and differences; where values stop
// being finite; where digits are lost.

#include "compiler/pipeline.h"
#include "frontends/cli/check_text.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "frontends/cli/tensors.h"
#include "frontends/model/from_graph.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model, params, backend = "interpreter";
  std::vector<std::string> functions, sizes, inputs, by_hand;
  std::int64_t seed = 0, points = 1;
  bool check_rewrites = false, cast = false, nan = false, precision = false;
};

/// One `nnc check`, from the options to the exit code.
class Check {
public:
  explicit Check(const Settings& settings) : s_(settings) {}

  int run() {
    if (s_.nan && s_.precision)
      return usage_error("check: --nan and --precision are two questions", "ask one at a time");
    if (!s_.by_hand.empty() && (s_.nan || s_.precision))
      return usage_error("check: --by-hand is about derivatives, not --nan or --precision");
    if (s_.backend != "interpreter" && (s_.nan || s_.precision))
      return usage_error("check: --backend is about derivatives, not --nan or --precision",
                         "these two look at every value of the interpreter");
    auto loaded = Source::load(s_.model, sources_, s_.ops);
    if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources_);
    source_ = std::move(std::get<Source>(loaded));
    if (Errors errors = read(); !errors.empty()) return report(errors, sources_);
    if (!s_.nan && !s_.precision) return derivatives();
    if (Status error = compile()) return report(*error, sources_);
    return s_.nan ? non_finite() : precision();
  }

private:
  /// What the options give. The model is checked as it was written: in f64, as its derivatives are
  /// checked, some of its errors would not be there.
  Errors read() {
    auto sizes = parse_sizes(s_.sizes);
    if (!sizes) return {sizes.error()};
    auto inputs = read_inputs(s_.inputs, *source_, s_.cast);
    if (!inputs) return {inputs.error()};
    given_ = std::move(*inputs);
    build_ = {.sizes = std::move(*sizes), .inputs = types_of(given_)};
    if (Errors errors = source_->check(s_.functions, build_); !errors.empty()) return errors;
    auto graphs = source_->build(
        s_.functions.empty() ? functions_with_derivatives(*source_) : s_.functions, build_);
    if (auto* errors = std::get_if<Errors>(&graphs)) return std::move(*errors);
    functions_ = std::move(std::get<0>(graphs));
    if (functions_.empty() && (s_.nan || s_.precision))
      return {{.code = "E0312",
               .message = "the model declares no function",
               .place = {s_.model},
               .help = "-f NAME takes any value of the model"}};
    if (s_.params.empty()) return {};
    auto weights = read_weights(s_.params, functions_);
    if (!weights) return {weights.error()};
    std::ranges::move(*weights, std::back_inserter(given_));
    return {};
  }

  /// The model, or one for each function of a graph as text.
  OrErrors<std::vector<ModelDoc>> docs() const {
    if (const Model* model = source_->model()) return std::vector<ModelDoc>{*model->doc};
    std::vector<ModelDoc> docs;
    for (const Graph& function : functions_) {
      auto doc = model_of(function, nullptr);
      if (!doc) return Errors{doc.error()};
      docs.push_back(std::move(*doc));
    }
    return docs;
  }

  int derivatives() {
    auto models = docs();
    if (auto* errors = std::get_if<Errors>(&models)) return report(*errors, sources_);
    RewriteCheck rewrites;
    DerivativeCheckOptions options{.functions = s_.functions,
                                   .sizes = build_.sizes,
                                   .given = given_,
                                   .points = static_cast<int>(s_.points),
                                   .seed = static_cast<std::uint32_t>(s_.seed),
                                   .ops = s_.ops,
                                   .backend = s_.backend,
                                   .check_rewrites = s_.check_rewrites ? &rewrites : nullptr};
    std::vector<DerivativeRow> rows;
    std::vector<ByHandRow> by_hand;
    for (ModelDoc& doc : std::get<0>(models)) {
      if (!s_.by_hand.empty())
        if (const Errors errors = check_claims(doc, options, by_hand); !errors.empty())
          return report(errors, sources_);
      const auto some = check_derivatives(std::move(doc), options);
      if (const auto* errors = std::get_if<Errors>(&some)) return report(*errors, sources_);
      const auto& good = std::get<0>(some);
      rows.insert(rows.end(), good.begin(), good.end());
    }
    if (s_.check_rewrites) say_checked(rewrites);
    if (rows.empty()) return say("the model asks for no derivatives"), exit_ok;
    print(derivative_text(rows, options));
    if (!by_hand.empty()) print(by_hand_text(by_hand, options));
    return std::ranges::all_of(rows, &DerivativeRow::equal) &&
                   std::ranges::all_of(by_hand, &ByHandRow::equal)
               ? exit_ok
               : exit_different;
  }

  /// What --by-hand says of the model, which has the derivatives that it names from now on.
  Errors check_claims(ModelDoc& doc, DerivativeCheckOptions& options,
                      std::vector<ByHandRow>& rows) {
    if (!source_->model())
      return {{.code = "E0312",
               .message = "--by-hand speaks of values of a model in JSON; a graph has `grad` nodes",
               .place = {s_.model}}};
    sources_[by_hand_option] = fmt::format("{}", fmt::join(s_.by_hand, "\n"));
    const auto claims = add_by_hand(doc, s_.by_hand);
    if (const auto* errors = std::get_if<Errors>(&claims)) return *errors;
    auto checked = check_by_hand(doc, std::get<0>(claims), options);
    if (auto* errors = std::get_if<Errors>(&checked)) return std::move(*errors);
    rows = std::move(std::get<0>(checked));
    if (!options.functions.empty()) // all others are looked at anyway
      for (const ByHand& claim : std::get<0>(claims))
        std::ranges::copy(claim.derivative, std::back_inserter(options.functions));
    return {};
  }

  /// Up to the last step on graphs: what is left is computed as it stands.
  Status compile() {
    RewriteCheck rewrites;
    for (Graph& function : functions_) {
      auto made = run_pipeline(std::move(function),
                               {.stop_after = last_graph_step(),
                                .check_rewrites = s_.check_rewrites ? &rewrites : nullptr});
      if (!made) return made.error();
      function = std::move(made->graph);
    }
    if (s_.check_rewrites) say_checked(rewrites);
    return std::nullopt;
  }

  std::uint32_t seed_of(std::int64_t point) const {
    return static_cast<std::uint32_t>(s_.seed + seeds_of_point * point);
  }

  /// "214 values of 3 functions and their derivatives at the point of --seed 0"
  std::string looked_at(std::int64_t values) const {
    return fmt::format("{} of {} with all derivatives, {}", counted(values, "value"),
                       counted(std::ssize(functions_), "function"),
                       s_.points == 1 ? fmt::format("at the point of --seed {}", s_.seed)
                                      : fmt::format("at {} points", s_.points));
  }

  /// Calls `look(function, values of its leaves)`, which gives what it has to say, at every point
  /// until one has told of something.
  template <class Look>
  int at_points(std::string_view nothing, std::int64_t& values, Look look) const {
    for (std::int64_t point = 0; point < s_.points; ++point) {
      std::string text;
      values = 0;
      for (const Graph& function : functions_) {
        const auto inputs = values_at({given_, seed_of(point)}, function, *source_);
        if (!inputs) return report(inputs.error(), sources_);
        const Result<std::string> said = look(function, *inputs);
        if (!said) return report(said.error(), sources_);
        text += *said;
      }
      if (text.empty()) continue;
      print(text);
      if (s_.points > 1) print(fmt::format("at the point of --seed {}\n", seed_of(point)));
      return exit_different;
    }
    print(fmt::format("{} ({})\n", nothing, looked_at(values)));
    return exit_ok;
  }

  int non_finite() const {
    std::set<std::string> told;
    std::int64_t values = 0;
    return at_points(
        "no NaN and no infinity", values,
        [&](const Graph& function, std::span<const Literal> inputs) -> Result<std::string> {
          const auto search = find_non_finite(function, inputs);
          if (!search) return search.error();
          values += search->values;
          return non_finite_text(function, *search, told);
        });
  }

  /// Whether some float has fewer digits than f64.
  static bool narrow(const Graph& function) {
    for (std::uint32_t id = 0; id < function.value_count(); ++id)
      if (const DType dtype = function.type(Value{id}).dtype;
          is_float(dtype) && dtype != DType::f64)
        return true;
    return false;
  }

  int precision() const {
    if (std::ranges::none_of(functions_, narrow))
      return print("nothing to compare with f64: all floats are f64\n"), exit_ok;
    std::set<std::string> told, not_finite;
    std::int64_t values = 0;
    const int code = at_points(
        "no node loses a third of its digits", values,
        [&](const Graph& function, std::span<const Literal> inputs) -> Result<std::string> {
          const auto found = find_lost_digits(function, inputs);
          if (!found) return found.error();
          values += found->values;
          if (!found->nodes.empty()) return precision_text(function, *found, told);
          for (const ResultDigits& result : found->results)
            if (!result.finite) not_finite.insert(result.name);
          return std::string();
        });
    if (code == exit_ok && !not_finite.empty())
      print(fmt::format("not finite, so that digits say nothing of them: {} (--nan)\n",
                        fmt::join(not_finite, ", ")));
    return code;
  }

  const Settings& s_;
  Sources sources_;
  std::optional<Source> source_;
  std::vector<NamedTensor> given_; ///< inputs, and params and state
  BuildOptions build_;
  std::vector<Graph> functions_; ///< in the model's dtypes
};

} // namespace

Command check_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {
      .name = "check",
      .summary = "derivatives against dual numbers; NaNs; lost digits",
      .examples = {"nnc check model.json --points 20    # derivatives at 20 random points",
                   "nnc check model.json -f train --nan --input x=@x.npy --params w.safetensors",
                   "nnc check model.json --by-hand \"g = grad(loss, w)\"   # g by hand"},
      .options =
          {{"MODEL", "", "model file (.json or .nnir), - for standard input", &s->model, true},
           {"-f,--function", "NAME", "a function or value; again for more (all)", &s->functions},
           {"--nan", "", "the first values that are not finite, and why", &s->nan},
           {"--by-hand", "G = ...", "\"g = grad(loss, w)\": g is meant to be that", &s->by_hand},
           {"--precision", "", "the nodes that lose digits which f64 keeps", &s->precision},
           within(1, 100'000, {"--points", "N", "random points (1)", &s->points}),
           {"--input", "NAME=VALUE", "x=@x.npy, or x=2x3xf32=1 2 3 4 5 6", &s->inputs},
           {"--size", "N=4", "value of a size symbol", &s->sizes},
           {"--params", "FILE", "params and state (safetensors)", &s->params},
           {"--cast", "", "convert inputs to the model's dtypes", &s->cast},
           {"--backend",
            "NAME",
            "computes the derivatives: interpreter, cpu, c or cuda-host",
            &s->backend,
            false,
            {"interpreter", "cpu", "c", "cuda-host"}},
           seed_option(s->seed, "of the first point (0)"),
           check_rewrites_option(s->check_rewrites)},
      .run = [s] { return Check(*s).run(); }};
}

} // namespace nnc::cli
