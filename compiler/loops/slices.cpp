#include "compiler/loops/slices.h"

#include "compiler/loops/segments.h"
#include "ir/element.h"

#include <algorithm>
#include <numeric>

namespace nnc {

Index SlicePlaces::step(std::int64_t steps) const {
  auto [found, fresh] = steps_.try_emplace(steps);
  if (fresh) found->second = pool_.indices().new_axis(steps, "step");
  return pool_.indices().of(found->second);
}

Index SlicePlaces::inner(std::size_t position, std::int64_t extent) const {
  auto [found, fresh] = inner_.try_emplace({position, extent});
  if (fresh) found->second = pool_.indices().new_axis(extent, "i");
  return pool_.indices().of(found->second);
}

Slices SlicePlaces::made(Value of, const Slices& like, std::span<const Index> at) const {
  Slices slices{of, like.steps, like.shape, {}};
  for (const Index index : at) slices.at.push_back(index.id);
  return slices;
}

Slices SlicePlaces::rows_of(Value value) const {
  Slices slices{value, graph_.type(value).shape[0], graph_.type(value).shape, {}};
  slices.shape.erase(slices.shape.begin());
  slices.at.push_back(step(slices.steps).id);
  for (std::size_t i = 0; i < slices.shape.size(); ++i)
    slices.at.push_back(inner(i, slices.shape[i]).id);
  return slices;
}

Slices SlicePlaces::same_of(Slices slices, Value value) {
  slices.of = value;
  return slices;
}

std::optional<SlicePlaces::Source> SlicePlaces::source(const Slices& slices) const {
  const auto known = sources_.find(slices);
  return known != sources_.end() ? known->second
                                 : sources_.emplace(slices, find_source(slices)).first->second;
}

std::optional<SlicePlaces::Source> SlicePlaces::find_source(const Slices& slices) const {
  const NodeId id = graph_.node_of(slices.of);
  const Node& node = graph_.node(id);
  if (!node.row->element || node.result_count != 1) return std::nullopt;
  std::vector<Index> place;
  for (const std::uint32_t index : slices.at) place.push_back(Index{index});
  AxisKeys axes;
  ElementBuilder builder(graph_, id, pool_, axes);
  const ExprNode element = pool_.node(node.row->element(builder, 0, place));
  const bool always =
      !element.guard.valid() || element.guard == pool_.constant_int(DType::boolean, 1);
  if (element.op != ScalarOp::element || !always) return std::nullopt;
  const auto at = pool_.index_list(element);
  return Source{Value{element.source}, {at.begin(), at.end()}};
}

std::optional<Slices> SlicePlaces::moved_from(const Slices& slices) const {
  const auto found = source(slices);
  return found ? std::optional(made(found->operand, slices, found->at)) : std::nullopt;
}

std::optional<RepeatedSlices> SlicePlaces::repeated_from(const Slices& slices) const {
  const auto known = repeated_.find(slices);
  return known != repeated_.end() ? known->second
                                  : repeated_.emplace(slices, find_repeated(slices)).first->second;
}

std::optional<RepeatedSlices> SlicePlaces::find_repeated(const Slices& slices) const {
  if (!graph_.producer(slices.of).row->repeats) return std::nullopt;
  const auto found = source(slices);
  if (!found) return std::nullopt;
  IndexPool& pool = pool_.indices();
  RepeatedSlices result{.of = {found->operand, slices.steps, {}, {}}, .axes = {}};
  std::vector<Index> places; // of the axes that are left, as they were
  for (std::size_t i = 0; i < slices.shape.size(); ++i) {
    const Index place = inner(i, slices.shape[i]);
    const auto reads = [&](Index at) { return at == place; };
    if (slices.shape[i] == 1 || std::ranges::none_of(found->at, reads)) continue;
    places.push_back(place);
    result.axes.push_back(static_cast<std::int64_t>(i));
    result.of.shape.push_back(slices.shape[i]);
  }
  const Axis steps = steps_.at(slices.steps);
  result.same_in_each = true;
  for (const Index at : found->at) {
    const auto known = std::ranges::find(places, at);
    const auto position = static_cast<std::size_t>(known - places.begin());
    const auto& axes = pool.axes_of(at);
    if (known == places.end() && !axes.empty() && axes != std::vector{steps}) return std::nullopt;
    result.of.at.push_back(known == places.end() ? at.id
                                                 : inner(position, result.of.shape[position]).id);
    result.same_in_each = result.same_in_each && (axes.empty() || known != places.end());
  }
  return result;
}

/// If `axis` is that of the rows: the place in a slice that says which of several it is, or one
/// that there is none of. The view is told what is taken along it.
std::optional<std::size_t> SlicePlaces::row_axis(const Slices& slices, std::size_t axis,
                                                 SliceView& view) const {
  IndexPool& pool = pool_.indices();
  const Index at{slices.at[axis]}, step_index = step(slices.steps);
  const std::int64_t first = pool.form(at).constant;
  const Index from_first = pool.add(at, -first);
  const auto take = [&](std::int64_t length) {
    view.axis = axis;
    view.length = length;
    view.start[axis] = first;
    view.stop[axis] = first + slices.steps * std::max(length, std::int64_t{1});
  };
  if (from_first == step_index) {
    take(0);
    return slices.shape.size();
  }
  for (std::size_t place = 0; place < slices.shape.size(); ++place) {
    const std::int64_t length = slices.shape[place];
    if (length < 2 || from_first != pool.add(pool.mul(step_index, length), inner(place, length)))
      continue;
    take(length);
    return place;
  }
  return std::nullopt;
}

/// The place in a slice that another axis is; one that there is none of if a single element of it
/// is taken.
std::optional<std::size_t> SlicePlaces::place_of(const Slices& slices, std::size_t axis,
                                                 SliceView& view) const {
  IndexPool& pool = pool_.indices();
  const Index at{slices.at[axis]};
  view.start[axis] = pool.form(at).constant;
  view.stop[axis] = view.start[axis] + 1;
  if (pool.as_constant(at)) return slices.shape.size();
  const Index from_start = pool.add(at, -view.start[axis]);
  for (std::size_t place = 0; place < slices.shape.size(); ++place) {
    const std::int64_t extent = slices.shape[place];
    if (extent < 2 || from_start != inner(place, extent)) continue;
    view.stop[axis] = view.start[axis] + extent;
    return place;
  }
  return std::nullopt;
}

std::optional<SliceView> SlicePlaces::view(const Slices& slices) const {
  const auto known = views_.find(slices);
  return known != views_.end() ? known->second
                               : views_.emplace(slices, find_view(slices)).first->second;
}

std::optional<SliceView> SlicePlaces::find_view(const Slices& slices) const {
  const Shape& from = graph_.type(slices.of).shape;
  SliceView view{.start = Shape(from.size(), 0), .stop = from, .order = {}};
  if (slices == rows_of(slices.of)) { // whatever their extents are, 0 as well
    for (const bool unit : {false, true})
      for (std::size_t place = 0; place < slices.shape.size(); ++place)
        if ((slices.shape[place] == 1) == unit)
          view.order.push_back(static_cast<std::int64_t>(place));
    return view;
  }
  std::optional<std::size_t> inside;
  for (std::size_t axis = 0; axis < from.size() && !inside; ++axis)
    inside = row_axis(slices, axis, view);
  if (!inside) return std::nullopt;
  std::vector<std::pair<std::size_t, std::int64_t>> places; // in the slice, and where it is taken
  std::vector<std::int64_t> units;
  std::int64_t next = 0;
  if (view.length) places.emplace_back(*inside, next++);
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (axis == view.axis) continue;
    const auto place = place_of(slices, axis, view);
    if (!place) return std::nullopt;
    if (*place == slices.shape.size())
      units.push_back(next++);
    else
      places.emplace_back(*place, next++);
  }
  std::ranges::sort(places);
  const auto wanted = std::ranges::count_if(slices.shape, [](auto extent) { return extent != 1; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::ssize(places) != wanted || std::ranges::adjacent_find(places, same) != places.end())
    return std::nullopt;
  for (const auto& [place, where] : places) view.order.push_back(where);
  view.order.insert(view.order.end(), units.begin(), units.end());
  view.whole =
      view.stop == from && std::ranges::all_of(view.start, [](auto at) { return at == 0; });
  return view;
}

Value taken(Builder& b, Value value, const SliceView& view) {
  if (!view.whole) value = b.op("slice", {value}, {{"start", view.start}, {"stop", view.stop}});
  if (view.axis != 0) {
    std::vector<std::int64_t> front(b.shape(value).size());
    std::iota(front.begin(), front.end(), 0);
    const auto axis = front.begin() + static_cast<std::ptrdiff_t>(view.axis);
    std::rotate(front.begin(), axis, axis + 1);
    value = b.transpose(value, front);
  }
  return view.length ? in_segments(b, value, view.length) : value;
}

Value arranged(Builder& b, Value value, const SliceView& view, Shape shape, bool outside) {
  std::vector<std::int64_t> order = view.order;
  if (outside) {
    for (std::int64_t& axis : order) ++axis;
    order.insert(order.begin(), 0);
    shape.insert(shape.begin(), b.shape(value)[0]);
  }
  if (!std::ranges::is_sorted(order)) value = b.transpose(value, order);
  return b.shape(value) == shape ? value : b.reshape(value, shape);
}

} // namespace nnc
