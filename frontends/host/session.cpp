#include "frontends/host/session.h"

#include "frontends/model/sizes.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nnc {

Error combine(const Errors& errors) {
  if (errors.empty()) throw InternalError("combine: no errors");
  Error first = errors[0];
  for (std::size_t i = 1; i < errors.size(); ++i)
    first.notes.push_back({errors[i].place, errors[i].message});
  return first;
}

Status In::check(const Type& type, const std::string& what) const {
  if (type_ && *type_ != type)
    return Error{.code = "E0620",
                 .message =
                     fmt::format("{} is {}, not {}", what, to_string(type), to_string(*type_))};
  if (fits_ && !fits_(type.dtype))
    return Error{.code = "E0620",
                 .message = fmt::format("{} is {}; the elements given are of another kind", what,
                                        to_string(type))};
  if (elements_ != type.elements())
    return Error{.code = "E0620",
                 .message = fmt::format("{} is {}, {} elements, not {}", what, to_string(type),
                                        type.elements(), elements_)};
  return std::nullopt;
}

Status Function::call(std::initializer_list<In> inputs, std::initializer_list<Out> outputs) {
  return call(std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()));
}

Status Function::call(std::span<const In> inputs, std::span<const Out> outputs) {
  const std::size_t wanted = signature_.input_count();
  if (inputs.size() != wanted || outputs.size() != signature_.outputs.size())
    return Error{.code = "E0620",
                 .message = fmt::format("{} takes {} inputs and gives {} outputs, not {} and {}",
                                        quote(name_), wanted, signature_.outputs.size(),
                                        inputs.size(), outputs.size())};
  std::vector<ArgumentBytes> arguments;
  for (std::size_t i = 0; i < wanted; ++i) {
    const Leaf& leaf = signature_.leaves[i];
    if (Status error = inputs[i].check(leaf.type, "input " + quote(leaf.name))) return error;
    arguments.push_back({inputs[i].data(), leaf.type.bytes()});
  }
  for (Tensor* value : values_) arguments.push_back({value->bytes().data(), value->type().bytes()});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& [name, type] = signature_.outputs[i];
    if (Status error = outputs[i].check(type, "output " + quote(name))) return error;
    arguments.push_back({outputs[i].data(), type.bytes()});
  }
  return executor_->call(arguments);
}

Result<std::vector<Tensor>> Function::make_outputs() const {
  std::vector<Tensor> outputs;
  for (const auto& [name, type] : signature_.outputs) {
    auto tensor = Tensor::zeros(type);
    if (!tensor) return tensor.error();
    outputs.push_back(std::move(*tensor));
  }
  return outputs;
}

Result<Session> Session::load(const std::string& path, const SessionOptions& options) {
  Sources sources;
  auto source = Source::load(path, sources);
  if (auto* errors = std::get_if<Errors>(&source)) return combine(*errors);
  return make(std::move(std::get<Source>(source)), options);
}

Result<Session> Session::make(Source source, const SessionOptions& options) {
  Session session;
  session.options_ = options;
  session.source_ = std::make_unique<Source>(std::move(source));
  if (const Errors errors = session.source_->check(); !errors.empty()) return combine(errors);
  if (options.threads > 1) session.pool_ = std::make_unique<ThreadPool>(options.threads);
  if (Status error = session.hold_declared()) return *error;
  return session;
}

Status Session::extend(ModelDoc doc) {
  auto extended = source_->extended(std::move(doc));
  if (auto* errors = std::get_if<Errors>(&extended)) return combine(*errors);
  auto source = std::make_unique<Source>(std::move(std::get<Source>(extended)));
  if (const Errors errors = source->check(); !errors.empty()) return combine(errors);
  before_.push_back(std::exchange(source_, std::move(source)));
  return std::nullopt;
}

/// Params and state whose sizes the model says can be loaded and saved before any function is
/// compiled.
Status Session::hold_declared() {
  if (!source_->model()) return std::nullopt; // graphs: their functions say what they use
  const ModelDoc& doc = *source_->model()->doc;
  Sizes sizes;
  for (const auto& [name, size] : doc.sizes) sizes.set(name.text, size.value);
  for (const auto* group : {&doc.params, &doc.state})
    for (const LeafDoc& leaf : *group) {
      if (!leaf.type) continue;
      const auto type = sizes.resolve(*leaf.type, leaf.name.text);
      if (!type) continue;
      if (auto held = hold({leaf.name.text, leaf.role, *type}); !held) return held.error();
    }
  return std::nullopt;
}

Result<Tensor*> Session::hold(const Leaf& leaf) {
  if (const auto known = values_.find(leaf.name); known != values_.end()) {
    Tensor& tensor = known->second.tensor;
    if (tensor.type() == leaf.type) return &tensor;
    return Error{.code = "E0306",
                 .message =
                     fmt::format("{} {} is {} here, but holds {}", role_name(leaf.role),
                                 quote(leaf.name), to_string(leaf.type), to_string(tensor.type())),
                 .help = "sizes of params and state must not change within a session"};
  }
  Held held{leaf.role, {}};
  const auto loaded = loaded_.find(leaf.name);
  if (loaded != loaded_.end() && loaded->second.type() == leaf.type) {
    held.tensor = std::move(loaded->second);
    loaded_.erase(loaded);
  } else {
    auto value = source_->leaf_value(leaf.name, leaf.type, options_.seed);
    if (!value) return value.error();
    held.tensor = std::move(*value);
  }
  return &values_.emplace(leaf.name, std::move(held)).first->second.tensor;
}

Result<Function*> Session::compile(const std::string& name, const BuildOptions& options) {
  std::string key = name;
  for (const auto& [symbol, size] : options.sizes) key += fmt::format(" {}={}", symbol, size);
  for (const auto& [input, type] : options.inputs)
    key += fmt::format(" {}:{}", input, to_string(type));
  if (const auto known = functions_.find(key); known != functions_.end())
    return known->second.get();

  auto graph = source_->build(name, options);
  if (auto* errors = std::get_if<Errors>(&graph)) return combine(*errors);
  auto function = std::make_unique<Function>();
  function->name_ = name;
  function->signature_ = signature_of(std::get<Graph>(graph));
  for (const Leaf& leaf : function->signature_.leaves) {
    if (leaf.role == Role::input) continue;
    auto value = hold(leaf);
    if (!value) return value.error();
    function->values_.push_back(*value);
  }
  auto executor =
      Executor::make(std::move(std::get<Graph>(graph)), {.backend = options_.backend,
                                                         .cpu = options_.cpu,
                                                         .pool = pool_.get(),
                                                         .max_memory = options_.max_memory});
  if (!executor) return executor.error();
  function->executor_ = std::move(*executor);
  return functions_.emplace(std::move(key), std::move(function)).first->second.get();
}

Result<std::vector<NamedTensor>> Session::run(const std::string& name,
                                              std::span<const NamedTensor> inputs) {
  BuildOptions options;
  for (const NamedTensor& input : inputs)
    options.inputs.emplace_back(input.name, input.tensor.type());
  auto compiled = compile(name, options);
  if (!compiled) return compiled.error();
  Function& function = **compiled;
  std::vector<In> given;
  for (const Leaf& leaf : function.signature().leaves) {
    if (leaf.role != Role::input) continue;
    const auto input = std::ranges::find(inputs, leaf.name, &NamedTensor::name);
    if (input == inputs.end())
      return Error{.code = "E0631",
                   .message = fmt::format("no value for the input {}, {}", quote(leaf.name),
                                          to_string(leaf.type))};
    given.emplace_back(input->tensor);
  }
  auto outputs = function.make_outputs();
  if (!outputs) return outputs.error();
  const std::vector<Out> results(outputs->begin(), outputs->end());
  if (Status error = function.call(given, results)) return *error;
  std::vector<NamedTensor> named;
  for (std::size_t i = 0; i < outputs->size(); ++i)
    named.push_back({function.signature().outputs[i].first, std::move((*outputs)[i])});
  return named;
}

Tensor* Session::find(std::string_view name) {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second.tensor;
}

std::vector<Slot> Session::slots() {
  std::vector<Slot> slots;
  for (auto& [name, held] : values_)
    if (held.role == Role::param || held.role == Role::state)
      slots.push_back({name, held.tensor.type(), held.tensor.bytes(), held.role == Role::param});
  return slots;
}

Status Session::initialize(std::uint32_t seed) {
  options_.seed = seed;
  loaded_.clear();
  for (auto& [name, held] : values_) {
    auto value = source_->leaf_value(name, held.tensor.type(), seed);
    if (!value) return value.error();
    std::ranges::copy(value->bytes(), held.tensor.bytes().begin());
  }
  return std::nullopt;
}

Result<Metadata> Session::load_weights(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  auto read = read_checkpoint(*bytes, path, slots());
  if (!read) return read.error();
  // What only functions compiled later know (optimiser slots, rng) waits for them.
  const auto file = read_safetensors(*bytes, path);
  if (!file) return file.error();
  loaded_.clear();
  for (const TensorView& view : file->tensors) {
    if (std::ranges::find(read->unused, view.name) == read->unused.end()) continue;
    auto tensor = Tensor::copy_of(view.type, view.bytes);
    if (!tensor) return tensor.error();
    loaded_.emplace(view.name, std::move(*tensor));
  }
  return std::move(read->metadata);
}

Status Session::save_weights(const std::string& path, const Metadata& metadata) {
  return save_checkpoint(path, slots(), metadata);
}

} // namespace nnc
