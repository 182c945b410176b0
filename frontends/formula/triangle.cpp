#include "frontends/formula/triangle.h"

namespace nnc::formula {
namespace {

/// The position along an axis and an offset.
struct Moved {
  std::int64_t axis;
  double offset;
};

std::optional<Moved> moved_position(const Terms& terms, TermId id) {
  const Term& term = terms[id];
  if (term.kind == Kind::position) return Moved{term.axes[0], 0};
  if (term.kind != Kind::sum || term.args.size() != 2) return std::nullopt;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    if (terms[term.args[i]].kind == Kind::position && term.numbers[i] == 1 &&
        term.args[1 - i] == one)
      return Moved{terms[term.args[i]].axes[0], term.numbers[1 - i]};
  return std::nullopt;
}

} // namespace

std::optional<Triangle> triangle_of(const Terms& terms, TermId mask) {
  if (terms[mask].kind != Kind::mask) return std::nullopt;
  const Term& compared = terms[terms[mask].args[0]];
  if (compared.kind != Kind::compare || compared.rank < 2) return std::nullopt;
  const auto left = moved_position(terms, compared.args[0]);
  const auto right = moved_position(terms, compared.args[1]);
  const std::int64_t columns = compared.rank - 1, rows = compared.rank - 2;
  if (!left || !right || left->axis + right->axis != columns + rows) return std::nullopt;
  const bool turned = left->axis == rows;
  if (!turned && left->axis != columns) return std::nullopt;
  const bool less = compared.head.starts_with('<'), more = compared.head.starts_with('>');
  if (!less && !more) return std::nullopt;
  const bool lower = less != turned;
  double k = turned ? left->offset - right->offset : right->offset - left->offset;
  if (compared.head.size() == 1) k += lower ? -1 : 1; // j < i is j <= i - 1
  return Triangle{lower ? "tril" : "triu", k, compared.rank};
}

std::optional<std::size_t> triangle_in(const Terms& terms, const Term& product) {
  std::optional<std::size_t> found;
  std::uint64_t others = 0;
  int rank = 0;
  for (std::size_t i = 0; i < product.args.size(); ++i) {
    const auto triangle = triangle_of(terms, product.args[i]);
    if (triangle && found) return std::nullopt;
    if (triangle) found = i, rank = triangle->rank;
    if (!triangle) others |= terms[product.args[i]].varies;
  }
  if (!found || others >> rank != 0) return std::nullopt; // its axes are not the last ones
  const std::uint64_t both = bits({rank - 1, rank - 2});
  return (others & both) == both ? found : std::nullopt;
}

std::optional<Run> run_of(const Terms& terms, TermId condition, std::int64_t axis) {
  const Term& compared = terms[condition];
  if (compared.kind != Kind::compare) return std::nullopt;
  const Term &left = terms[compared.args[0]], &right = terms[compared.args[1]];
  if (left.kind != Kind::position || right.kind != Kind::position || left.note != right.note)
    return std::nullopt;
  const bool first = left.axes[0] == axis;
  const bool less = compared.head.starts_with('<'), more = compared.head.starts_with('>');
  if ((!first && right.axes[0] != axis) || left.axes == right.axes || (!less && !more))
    return std::nullopt;
  return Run{first ? right.axes[0] : left.axes[0], less != first, compared.head.size() == 1};
}

} // namespace nnc::formula
