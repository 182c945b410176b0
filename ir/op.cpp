#include "ir/op.h"

namespace nnc {
namespace {

template <class T>
const T& typed(const OpRow& row, const AttrValue& value, std::string_view name) {
  if (const T* found = std::get_if<T>(&value)) return *found;
  throw InternalError(row.name + ": attribute '" + std::string(name) + "' is not of its kind");
}

} // namespace

int attr_position(const OpRow& row, std::string_view name) {
  for (std::size_t i = 0; i < row.attrs.size(); ++i)
    if (row.attrs[i].name == name) return static_cast<int>(i);
  return -1;
}

const AttrValue& AttrView::get(std::string_view name) const {
  const int position = attr_position(*row_, name);
  if (position < 0 || static_cast<std::size_t>(position) >= attrs_->size())
    throw InternalError(row_->name + ": no attribute '" + std::string(name) + "'");
  return (*attrs_)[static_cast<std::size_t>(position)];
}

bool AttrView::declares(std::string_view name) const { return attr_position(*row_, name) >= 0; }

std::int64_t AttrView::integer(std::string_view name) const {
  return typed<std::int64_t>(*row_, get(name), name);
}
double AttrView::real(std::string_view name) const {
  const AttrValue& value = get(name);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return typed<double>(*row_, value, name);
}
bool AttrView::boolean(std::string_view name) const { return typed<bool>(*row_, get(name), name); }
const std::string& AttrView::string(std::string_view name) const {
  return typed<std::string>(*row_, get(name), name);
}
const std::vector<std::int64_t>& AttrView::integers(std::string_view name) const {
  return typed<std::vector<std::int64_t>>(*row_, get(name), name);
}
const std::vector<std::vector<std::int64_t>>& AttrView::integer_lists(std::string_view name) const {
  return typed<std::vector<std::vector<std::int64_t>>>(*row_, get(name), name);
}
DType AttrView::dtype(std::string_view name) const { return typed<DType>(*row_, get(name), name); }
const Type& AttrView::type(std::string_view name) const {
  return typed<Type>(*row_, get(name), name);
}
const Literal& AttrView::literal(std::string_view name) const {
  return typed<Literal>(*row_, get(name), name);
}
const Body& AttrView::body(std::string_view name) const {
  return typed<Body>(*row_, get(name), name);
}

void InferArgs::set(std::string_view name, AttrValue value) {
  const int position = attr_position(row, name);
  if (position < 0) throw InternalError(row.name + ": no attribute '" + std::string(name) + "'");
  attrs[static_cast<std::size_t>(position)] = std::move(value);
}

Error InferArgs::operand_error(std::string message, std::string help) const {
  return {
      .code = "E0203", .message = row.name + ": " + std::move(message), .help = std::move(help)};
}

Error InferArgs::attr_error(std::string message, std::string help) const {
  return {
      .code = "E0204", .message = row.name + ": " + std::move(message), .help = std::move(help)};
}

const OpRow& OpTable::add(OpRow row) {
  if (const auto known = by_name_.find(row.name); known != by_name_.end()) {
    *known->second = std::move(row);
    return *known->second;
  }
  rows_.push_back(std::move(row));
  by_name_.emplace(rows_.back().name, &rows_.back());
  return rows_.back();
}

const OpRow* OpTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const OpRow& OpTable::at(std::string_view name) const {
  if (const OpRow* row = find(name)) return *row;
  throw InternalError("no op '" + std::string(name) + "' in the table");
}

std::vector<const OpRow*> OpTable::rows() const {
  std::vector<const OpRow*> all;
  for (const OpRow& row : rows_) all.push_back(&row);
  return all;
}

} // namespace nnc
