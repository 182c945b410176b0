// A model built in C++, with the names, types, functions and expressions of model files
// (docs/model.md): what can be said there can be said here, and means the same.
//
//   nnc::ModelBuilder m("net");
//   m.input("x", "f32[N,2]").input("t", "f32[N,1]");
//   m.param("w", "f32[2,1]", "glorot_uniform").param("b", "f32[1]", 0.0);
//   m.op("y", "linear", {"x", "w", "b"});          // any op or nn function by name
//   m.define("loss = mean((y - t)**2)");           // or an expression
//   m.grad({"gw"}, "loss", {"w"});                 // of any order: "gw" may be differentiated
//   again m.function("train", {.in = {"x", "t"}, .out = {"loss"}, .minimize = "loss",
//                        .optimizer = {"sgd", {{"lr", 0.1}}}});
//   nnc::Result<nnc::Session> session = m.session({.seed = 1});
//
// Nodes may come in any order. The first thing that is no model is kept, and `session` says it.
#pragma once

#include "frontends/host/session.h"

namespace nnc {

class Attribute;
using Attributes = std::vector<std::pair<std::string, Attribute>>;

/// A value of an attribute, as model files write it.
class Attribute {
public:
  Attribute(bool value) { doc_.value = value; }
  Attribute(int value) : Attribute(std::int64_t{value}) {}
  Attribute(std::int64_t value) { doc_.value = NumberDoc{static_cast<double>(value), value}; }
  Attribute(double value) { doc_.value = NumberDoc{value, {}}; }
  Attribute(const char* value) { doc_.value = std::string(value); }
  Attribute(std::string value) { doc_.value = std::move(value); }
  Attribute(std::initializer_list<Attribute> list);
  /// An initialiser or a schedule with attributes: { "kind": name, ... }.
  static Attribute kind(const std::string& name, const Attributes& attributes);
  const AttrDoc& doc() const { return doc_; }

private:
  AttrDoc doc_;
};

struct FunctionSpec {
  std::vector<std::string> in, out;
  std::vector<std::pair<std::string, std::string>> update = {}; ///< param or state, new value
  std::string minimize = {};
  struct {
    std::string kind;
    Attributes attributes;
  } optimizer = {}; ///< goes with `minimize`
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
  std::optional<bool> training = {};
};

/// A function with inputs and nodes of its own, which nodes call, loop over or choose by name.
struct LocalSpec {
  std::vector<std::pair<std::string, std::string>> inputs; ///< name, type
  std::vector<std::string> nodes;                          ///< as `define` takes them
  std::vector<std::string> out;
};

class ModelBuilder {
public:
  explicit ModelBuilder(std::string name);

  /// Types as in model files: "f32[N,64]"; `N` is a size symbol, bound here or by the shapes of
  /// calls.
  ModelBuilder& size(const std::string& symbol, std::int64_t value);
  ModelBuilder& input(const std::string& name, std::string_view type);
  /// `init`: a number, the name of an initialiser, or one with attributes (Attribute::kind).
  ModelBuilder& param(const std::string& name, std::string_view type, const Attribute& init);
  ModelBuilder& state(const std::string& name, std::string_view type, const Attribute& init);

  /// "out = expression" or "a, b = expression".
  ModelBuilder& define(std::string_view assignment);
  /// out = op(in..., attributes).
  ModelBuilder& op(const std::string& out, const std::string& op,
                   const std::vector<std::string>& in, const Attributes& attributes = {});
  /// out[i] = d of / d wrt[i]; `of` is a scalar.
  ModelBuilder& grad(const std::vector<std::string>& out, const std::string& of,
                     const std::vector<std::string>& wrt);
  /// out[i] = sum over j of (d2 of / d wrt[i] d wrt[j]) vector[j].
  ModelBuilder& hvp(const std::vector<std::string>& out, const std::string& of,
                    const std::vector<std::string>& wrt, const std::vector<std::string>& vector);
  ModelBuilder& function(const std::string& name, const FunctionSpec& spec);
  /// For "y = name(x)", "c, ys = scan(body=\"name\", init=[c0], over=[xs])" and the like.
  ModelBuilder& local(const std::string& name, const LocalSpec& spec);

  /// The model so far, ready to be called.
  Result<Session> session(const SessionOptions& options = {}) const;
  /// The same for other uses: the commands, passes, text.
  Result<Source> source() const;

private:
  ModelBuilder& leaf(std::vector<LeafDoc>& into, Role role, const std::string& name,
                     std::string_view type, const Attribute* init);
  ModelBuilder& define(std::vector<NodeDoc>& into, std::string_view assignment);

  ModelDoc doc_;
  std::optional<Error> error_;
};

} // namespace nnc
