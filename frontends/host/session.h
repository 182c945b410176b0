// A model with values: params and state that functions of the model read and update, and those
// functions compiled, one variant for each binding of the size symbols.
//
//   auto session = nnc::Session::load("digits_mlp.json", {.seed = 1});
//   auto train = session->compile("train", {.sizes = {{"N", 32}}});
//   float loss;
//   (*train)->call({pixels, labels}, {loss});       // spans, vectors or tensors
//
// Not for two threads at a time; sessions of their own do not disturb each other.
#pragma once

#include "compiler/aot/object.h"
#include "frontends/host/arguments.h"
#include "frontends/host/executor.h"
#include "frontends/host/source.h"
#include "runtime/checkpoint.h"

namespace nnc {

struct SessionOptions {
  std::uint32_t seed = 0;      ///< of initial values and of `rng`
  int threads = 1;             ///< that run large kernels
  std::string backend = "cpu"; ///< or "interpreter"
  std::string cpu = "host";
  std::int64_t max_memory = default_max_memory;
};

class Session;

/// A compiled function of a session. It lives as long as the session does.
class Function {
public:
  /// Inputs in the order of the signature, then the results. On success the session's params and
  /// state hold their new values; after an error they are unchanged. E0620 names the first
  /// argument that does not fit, E0621 an index out of range.
  Status call(std::initializer_list<In> inputs, std::initializer_list<Out> outputs = {});
  Status call(std::span<const In> inputs, std::span<const Out> outputs);

  const std::string& name() const { return name_; }
  const Signature& signature() const { return signature_; }
  const Executor& executor() const { return *executor_; }
  /// Zeros of the types of the outputs.
  Result<std::vector<Tensor>> make_outputs() const;

private:
  friend class Session;
  std::string name_;
  Signature signature_;
  std::unique_ptr<Executor> executor_;
  std::vector<Tensor*> values_; ///< of the leaves that are no inputs, owned by the session
};

/// A function for an object file, with the sizes that it is made for.
struct ObjectFunction {
  std::string name;
  BuildOptions build = {};
};
struct ObjectSettings {
  std::string name = {};    ///< begins every symbol; empty: the model's
  std::string cpu = "host"; ///< or, to carry the object elsewhere, "x86-64-v3"
  bool embed = false;       ///< weights inside the object file
};

class Session {
public:
  /// A model file (docs/model.md).
  static Result<Session> load(const std::string& path, const SessionOptions& options = {});
  /// A model made in C++, or read before.
  static Result<Session> make(Source source, const SessionOptions& options = {});

  /// The function `name`, or any value of the model by its name; compiled when it is first asked
  /// for with these sizes. Sizes come from the model, the function, `sizes`, and the types of
  /// `inputs`, in rising order. Its params and state get their first values here.
  Result<Function*> compile(const std::string& name, const BuildOptions& options = {});
  /// Compiles for the shapes of `inputs`, calls, and returns the outputs.
  Result<std::vector<NamedTensor>> run(const std::string& name,
                                       std::span<const NamedTensor> inputs);

  /// Goes on with a model that has more in it: what was declared must still be. Compiled functions
  /// and the values of params and state stay. Errors of that model.
  Status extend(ModelDoc doc);

  /// The value of a param or of state; null when no compiled function uses it and the model does
  /// not declare it with plain sizes. Writing to it changes what the next call reads.
  Tensor* find(std::string_view name);
  /// Params and state, by name.
  std::vector<Slot> slots();
  /// All params and state back to their first values, with this seed.
  Status initialize(std::uint32_t seed);
  /// Params must all be in the file; state may be missing. All or nothing. E0120, E0701-E0705.
  Result<Metadata> load_weights(const std::string& path);
  /// Every param and state, atomically. E0122.
  Status save_weights(const std::string& path, const Metadata& metadata = {});

  /// Functions, or any values of the model, as an object file with a C header that need no nnc to
  /// run; aot::write_object writes them. The weights are the params and state as they are now.
  /// Errors of `compile`, and E0312 when no function is named.
  Result<aot::Object> object(std::span<const ObjectFunction> functions,
                             const ObjectSettings& settings = {});

  Source& source() { return *source_; }
  const SessionOptions& options() const { return options_; }

private:
  Session() = default;
  struct Held {
    Role role = Role::param;
    Tensor tensor;
  };
  Result<Tensor*> hold(const Leaf& leaf);
  Status hold_declared();

  SessionOptions options_;
  std::unique_ptr<Source> source_;
  std::vector<std::unique_ptr<Source>> before_; ///< extensions; compiled functions point into them
  std::unique_ptr<ThreadPool> pool_;
  std::map<std::string, Held, std::less<>> values_;
  std::map<std::string, Tensor, std::less<>> loaded_; ///< from a file, not asked for yet
  std::map<std::string, std::unique_ptr<Function>> functions_;
};

/// Several errors as one: the first, with the others as notes.
Error combine(const Errors& errors);

} // namespace nnc
