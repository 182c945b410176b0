#include "frontends/host/train/batch.h"

#include "ir/messages.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace nnc {
namespace {

/// `to` has room for as many rows.
void copy_rows(const Tensor& all, std::span<const std::int64_t> rows, std::span<std::byte> to) {
  const auto from = all.bytes();
  const std::size_t row = rows.empty() ? 0 : to.size() / rows.size();
  for (std::size_t k = 0; k < rows.size(); ++k)
    std::memcpy(to.data() + k * row, from.data() + static_cast<std::size_t>(rows[k]) * row, row);
}

/// The type that some rows of a tensor have.
Type of_rows(Type all, std::int64_t rows) {
  all.shape[0] = rows;
  return all;
}

} // namespace

void bind_rows(const Dataset& data, std::int64_t rows,
               std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  if (data.batch_symbol.empty()) return;
  std::erase_if(sizes, [&](const auto& size) { return size.first == data.batch_symbol; });
  sizes.emplace_back(data.batch_symbol, rows);
}

Result<std::vector<NamedTensor>> chosen_rows(const Dataset& data,
                                             std::span<const std::int64_t> rows) {
  std::vector<NamedTensor> chosen;
  for (const NamedTensor& input : data.inputs) {
    auto tensor =
        Tensor::zeros(of_rows(input.tensor.type(), static_cast<std::int64_t>(rows.size())));
    if (!tensor) return tensor.error();
    copy_rows(input.tensor, rows, tensor->bytes());
    chosen.push_back({input.name, std::move(*tensor)});
  }
  return chosen;
}

Result<Batch> Batch::make(Session& session, const std::string& function, const Dataset& data,
                          std::int64_t rows,
                          std::vector<std::pair<std::string, std::int64_t>> sizes) {
  if (data.batch_symbol.empty() && rows != data.batch)
    return Error{.code = "E0306",
                 .message = fmt::format("{} takes batches of {} rows, not of {}", quote(function),
                                        data.batch, rows),
                 .help = "write the first size of the inputs as a symbol, like f32[N,64]"};
  bind_rows(data, rows, sizes);
  auto compiled = session.compile(function, {.sizes = std::move(sizes)});
  if (!compiled) return compiled.error();
  Batch batch;
  batch.function_ = *compiled;
  batch.rows_ = rows;
  for (const Leaf& leaf : batch.signature().leaves) {
    if (leaf.role != Role::input) continue;
    const auto input = std::ranges::find(data.inputs, leaf.name, &NamedTensor::name);
    if (input == data.inputs.end())
      return Error{.code = "E0625",
                   .message = fmt::format("{} needs the input {}, which the data do not feed",
                                          quote(function), quote(leaf.name))};
    if (leaf.type != of_rows(input->tensor.type(), rows))
      return Error{.code = "E0306",
                   .message = fmt::format("{} takes the input {} as {}, the data have {}",
                                          quote(function), quote(leaf.name), to_string(leaf.type),
                                          to_string(of_rows(input->tensor.type(), rows)))};
    auto tensor = Tensor::zeros(leaf.type);
    if (!tensor) return tensor.error();
    batch.from_.push_back(&input->tensor);
    batch.inputs_.push_back(std::move(*tensor));
  }
  auto outputs = batch.function_->make_outputs();
  if (!outputs) return outputs.error();
  batch.outputs_ = std::move(*outputs);
  return batch;
}

Status Batch::call(std::span<const std::int64_t> rows) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) copy_rows(*from_[i], rows, inputs_[i].bytes());
  const std::vector<In> given(inputs_.begin(), inputs_.end());
  const std::vector<Out> results(outputs_.begin(), outputs_.end());
  return function_->call(given, results);
}

double Batch::scalar(std::size_t i) const {
  const auto wide = cast(outputs_[i], DType::f64);
  if (!wide) throw InternalError("a scalar without memory");
  return wide->as<double>()[0];
}

std::optional<std::size_t> loss_output(const Signature& signature, std::string_view wanted) {
  const auto usable = [&](std::size_t i) {
    const Type& type = signature.outputs[i].second;
    return is_float(type.dtype) && type.scalar();
  };
  if (const auto named = signature.output(wanted); named && usable(*named)) return named;
  for (std::size_t i = 0; i < signature.outputs.size(); ++i)
    if (usable(i)) return i;
  return std::nullopt;
}

} // namespace nnc
