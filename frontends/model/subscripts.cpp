// Subscripts as in NumPy's basic indexing: x[2:5, ::-1, 0, ...].
#include "frontends/model/evaluate.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

/// The positions start, start + step, ... of one axis, `count` of them.
struct Range {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

std::int64_t clamp_position(std::int64_t at, std::int64_t size, std::int64_t low,
                            std::int64_t high) {
  return std::clamp(at < 0 ? at + size : at, low, high);
}

Range slice_range(std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                  std::int64_t step, std::int64_t size) {
  Range range{.step = step};
  if (step > 0) {
    range.start = start ? clamp_position(*start, size, 0, size) : 0;
    const std::int64_t end = stop ? clamp_position(*stop, size, 0, size) : size;
    if (end > range.start) range.count = (end - range.start - 1) / step + 1;
  } else {
    range.start = start ? clamp_position(*start, size, -1, size - 1) : size - 1;
    const std::int64_t end = stop ? clamp_position(*stop, size, -1, size - 1) : -1;
    if (end < range.start) range.count = (range.start - end - 1) / -step + 1;
  }
  return range;
}

/// What `slice`, `reverse` and `reshape` need to take the elements of some ranges.
struct Selection {
  std::vector<std::int64_t> start, stop, step, reversed;
  Shape kept; ///< sizes of the axes that integers do not drop

  std::size_t axis() const { return start.size(); }

  void add(Range range, bool keep) {
    if (range.step < 0) {
      reversed.push_back(static_cast<std::int64_t>(axis()));
      if (range.count) range.start += (range.count - 1) * range.step;
      range.step = -range.step;
    }
    if (!range.count) range.start = 0;
    start.push_back(range.start);
    stop.push_back(range.count ? range.start + (range.count - 1) * range.step + 1 : 0);
    step.push_back(range.step);
    if (keep) kept.push_back(range.count);
  }

  Value apply(Builder& b, Value x) {
    const bool whole =
        b.shape(x) == kept && std::ranges::all_of(start, [](auto i) { return i == 0; });
    if (!whole) x = b.op("slice", {x}, {{"start", start}, {"stop", stop}, {"step", step}});
    if (!reversed.empty()) x = b.op("reverse", {x}, {{"axes", reversed}});
    return b.reshape(x, kept);
  }
};

} // namespace

Value Evaluator::index(const NodeDoc& node, const Term& term) {
  const nn::Operand operand = term_value(term.arguments[0].term);
  const auto* x = std::get_if<Value>(&operand);
  if (x) return index(*x, *literal(node, term.arguments[1]).get<AttrList>(), term.mark);
  fail("E0203", term.mark, "a number has no axes to index");
  return {};
}

std::optional<std::int64_t> Evaluator::subscript(const AttrDoc& doc, bool& fine) {
  if (const auto* number = doc.get<NumberDoc>(); number && number->integer) return *number->integer;
  if (const auto* symbol = doc.get<Symbol>())
    if (const auto size = sizes_.find(symbol->text)) return size;
  if (doc.null()) return std::nullopt;
  fine = false;
  if (const auto* symbol = doc.get<Symbol>(); symbol && sizes_.open(symbol->text))
    fail(size_without_value(symbol->text), doc.mark);
  else
    fail("E0203", doc.mark, "a subscript is an integer or a size with a value");
  return std::nullopt;
}

Value Evaluator::index(Value x, const AttrList& subscripts, Mark mark) {
  const Shape shape = scope_.shape(x);
  const auto ellipses = std::ranges::count_if(
      subscripts, [](const AttrDoc& one) { return one.get<std::string>() != nullptr; });
  const std::size_t given = subscripts.size() - static_cast<std::size_t>(ellipses);
  if (ellipses > 1 || given > shape.size()) {
    fail("E0203", mark,
         ellipses > 1 ? std::string("'...' stands twice")
                      : counted(static_cast<std::int64_t>(given), "subscript") + ", but " +
                            scope_.describe(x));
    return {};
  }
  bool fine = true;
  Selection selection;
  for (const AttrDoc& one : subscripts) {
    if (one.get<std::string>()) {
      for (std::size_t i = given; i < shape.size(); ++i)
        selection.add({.count = shape[selection.axis()]}, true);
      continue;
    }
    const std::int64_t size = shape[selection.axis()];
    if (const auto* parts = one.get<AttrList>()) {
      const auto from = subscript((*parts)[0], fine), to = subscript((*parts)[1], fine);
      const std::int64_t by = subscript((*parts)[2], fine).value_or(1);
      if (by == 0 || by > max_size || by < -max_size) {
        fail("E0203", one.mark, fmt::format("a slice cannot have step {}", by));
        fine = false;
      }
      if (!fine) return {};
      selection.add(slice_range(from, to, by, size), true);
    } else {
      const std::int64_t at = subscript(one, fine).value_or(0);
      if (fine && (at >= size || at < -size)) {
        fail("E0203", one.mark, fmt::format("subscript {} is outside an axis of {}", at, size));
        fine = false;
      }
      if (!fine) return {};
      selection.add({.start = at < 0 ? at + size : at, .count = 1}, false);
    }
  }
  while (selection.axis() < shape.size()) selection.add({.count = shape[selection.axis()]}, true);
  return selection.apply(scope_, x);
}

} // namespace nnc
