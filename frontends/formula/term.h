// Formulas as terms of ordinary algebra, in a normal form: equal terms are one term.
//
// A term stands for a function on an index space, as a tensor does on its axes. Sums and products
// are flat lists: equal summands and equal factors are collected, numbers are multiplied out, and
// what all summands share stands before the bracket. A number in front of a term is no part of it
// (`Scaled`), but for the coefficients of summands.
//
// Terms speak about real numbers: what guards a computation against overflow or infinity has gone
// by the time it is a term (conditions.cpp), and 0 times anything is 0.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nnc::formula {

using TermId = std::uint32_t;
using Axes = std::vector<std::int64_t>;

enum class Kind : std::uint8_t {
  one,       ///< the number 1; a number is a factor of it
  symbol,    ///< a leaf, by its name
  named,     ///< args[0] times numbers[0], known by a name: the user's, or one to be found
  sum,       ///< numbers[i] * args[i] ...
  product,   ///< args[i] ^ numbers[i] ...
  call,      ///< head(args), `note` standing behind the operands
  over,      ///< head over `axes` of args[0], numbers[0] elements each
  matrix,    ///< the matrix product of args
  turned,    ///< args[0]^T
  placed,    ///< axis i of args[0] is axis axes[i] of the term's space (-1: of size 1, left out)
  index,     ///< args[0][args[1], ...], by `axes`
  position,  ///< the position along axes[0], `note` being the size of this axis
  onehot,    ///< 1 where the position along axes[0] is args[0], else 0; `note` likewise
  compare,   ///< args[0] head args[1]: a condition
  condition, ///< head of conditions: "and", "or", "not"
  mask,      ///< 1 where the condition args[0] holds, else 0
  where,     ///< args[1] where args[0] holds, else args[2]
  state,     ///< what loop axes[0] carries as number axes[1]: see `state_of`
  series,    ///< what loop axes[0] stacks as number axes[1]
  step       ///< of args[0] the slice that a step of loop axes[0] reads
};

/// Heads of terms of kind `state`: before a step, after the last one; and how many steps there are.
namespace state_of {
inline constexpr const char *before = "before", *last = "last", *count = "count";
}

struct Term {
  Kind kind = Kind::one;
  std::string head = {}, note = {};
  std::vector<TermId> args = {};
  std::vector<double> numbers = {};
  Axes axes = {};
  int rank = 0;             ///< of the space of a term that is not element-wise
  bool elementwise = false; ///< a call whose element i depends on elements i
  std::uint64_t varies = 0; ///< axes of the space that the value depends on, as bits
  std::size_t size = 1;     ///< characters, roughly
  bool infinite = false;    ///< holds the number inf: its tests for infinity are meant
};

/// factor * term.
struct Scaled {
  double factor = 1;
  TermId term = 0;
  bool operator==(const Scaled&) const = default;
};

constexpr TermId one = 0;

/// What a step makes of what it carries, or of what it stacks, by the name of the sequence.
struct Equation {
  std::string name = {};
  int rank = 0; ///< of an element
  Scaled element = {};
  std::optional<Scaled> first = {}; ///< of what is carried: before the first step
};

/// Equations that hold for t = 1, 2, ..., in reverse for t = ..., 2, 1.
struct Loop {
  std::string step;   ///< the letter for t
  std::string around; ///< those of loops around it
  std::int64_t length = -1;
  bool reverse = false;
  std::vector<Equation> carries = {}, stacks = {};
  std::optional<Scaled> condition = {}; ///< for another step, of what is carried before it
  std::optional<Scaled> count = {};     ///< of steps, where this is not `length`
  std::string count_name = {};          ///< of steps taken, where there is a condition
  TermId end = 0;                       ///< no term of its equations is behind this one
};

/// Builds terms in normal form. Arguments are built before what they are arguments of, so that ids
/// are a topological order.
class Terms {
public:
  Terms();
  const Term& operator[](TermId id) const { return terms_[id]; }
  std::size_t count() const { return terms_.size(); }

  Scaled number(double value) const { return {value, one}; }
  Scaled symbol(std::string name, int rank);
  Scaled named(std::string name, Scaled body, int rank);
  Scaled add(std::span<const Scaled> summands);
  Scaled add(Scaled a, Scaled b) { return add(std::vector{a, b}); }
  Scaled multiply(Scaled a, Scaled b);
  Scaled power(Scaled base, double exponent);
  Scaled divide(Scaled a, Scaled b) { return multiply(a, power(b, -1)); }
  /// A function of each element, or of whole tensors with a result of `rank` axes.
  Scaled function(std::string name, std::vector<Scaled> args, std::string note = {});
  Scaled call(std::string name, std::vector<Scaled> args, std::string note, int rank);
  /// A reduction of `count` elements each, of a space of `rank` axes.
  Scaled over(const std::string& name, Axes axes, Scaled of, int rank, double count);
  Scaled matrix(Scaled a, Scaled b, int rank);
  Scaled turned(Scaled x);
  Scaled index(Scaled x, std::vector<Scaled> at, Axes axes, int rank);
  /// `size` is that of the axis.
  Scaled position(std::int64_t axis, int rank, std::string size);
  /// Conditions. `rank` is that of the space.
  Scaled compare(const std::string& op, Scaled a, Scaled b, int rank);
  Scaled condition(const std::string& head, std::vector<Scaled> args);
  Scaled negation(Scaled condition);
  Scaled mask(Scaled condition);
  /// Does one of two conditions hold where the other does not?
  bool opposed(TermId condition, TermId other) const;
  Scaled where(Scaled condition, Scaled yes, Scaled no);
  /// Loops: `begin_loop` gives the number by which terms speak of it.
  std::size_t begin_loop(Loop loop);
  Loop& loop(std::int64_t number) { return loops_[static_cast<std::size_t>(number)]; }
  const Loop& loop(std::int64_t number) const { return loops_[static_cast<std::size_t>(number)]; }
  std::size_t loop_count() const { return loops_.size(); }
  Scaled state(std::int64_t loop, std::int64_t carry, const char* when);
  Scaled series(std::int64_t loop, std::int64_t stack);
  /// Of a tensor of `rank` axes the slice that a step reads.
  Scaled step(std::int64_t loop, Scaled x, int rank);
  /// The same values in a space of `rank` axes, where axis i is axes[i].
  Scaled place(Scaled x, const Axes& axes, int rank);

  /// As one term (the factor goes into a sum of one summand), and back.
  TermId whole(Scaled x);
  Scaled unwrapped(TermId term) const;
  /// Summands of a term times a factor, factors of a term.
  std::vector<Scaled> summands(Scaled x) const;
  std::vector<std::pair<TermId, double>> factors(TermId term) const;
  bool is_call(TermId term, std::string_view head) const;
  bool is_over(TermId term, std::string_view head) const;
  /// What a placed term is made of, or the term itself.
  TermId unplaced(TermId term) const;
  /// What a name stands for, or the term itself.
  TermId unnamed(TermId term) const;

private:
  using Factors = std::vector<std::pair<TermId, double>>;

  TermId intern(Term term);
  std::optional<TermId> find(const Term& term) const;
  void measure(Term& term) const;
  std::size_t size(const Scaled& x) const;

  Scaled collected(std::span<const Scaled> summands);
  Scaled sum_of(std::vector<Scaled> summands);
  Scaled as_listed(std::span<const Scaled> summands);
  Factors shared_factors(std::span<const Scaled> summands) const;
  Factors denominators(std::span<const Scaled> summands) const;
  std::optional<Scaled> with_slopes(std::span<const Scaled> summands);
  Scaled as_read(std::span<const Scaled> summands);
  Scaled before_bracket(const Factors& shared, std::span<const Scaled> summands);
  void take_log_softmax(std::vector<Scaled>& summands);
  bool take_rows(std::vector<Scaled>& summands, std::size_t at);
  bool take_picked(std::vector<Scaled>& summands, std::size_t at);
  double shared_number(std::span<const Scaled> summands) const;
  double degree(TermId term) const;
  Scaled one_sided(const std::vector<Scaled>& products);
  bool expandable(const Scaled& x) const;
  std::optional<std::vector<Scaled>> expanded(const Scaled& x);

  Scaled product_of(double factor, Factors factors);
  bool simplify(double& factor, Factors& factors);
  bool take_root(double& factor, Factors& factors);
  bool take_radicand(Factors& factors) const;
  bool take_conjugates(double& factor, Factors& factors);
  std::optional<Scaled> conjugates(TermId a, TermId b);
  bool take_sign(double& factor, Factors& factors) const;
  bool take_sigmoid(Factors& factors);
  bool take_mask(Factors& factors);
  bool says_nothing_new(const Factors& factors, TermId x) const;
  bool idle(const Factors& factors, TermId condition) const;
  bool take_part(Factors& factors, std::size_t at);
  bool take_case(Factors& factors, std::size_t at);
  bool take_tie(Factors& factors, std::size_t at);
  bool take_softmax(Factors& factors);
  bool take_placed_softmax(Factors& factors, std::size_t at);
  std::optional<std::pair<Axes, int>> placing(TermId from, TermId to) const;
  bool into_sum(Factors& factors, std::size_t at);

  Scaled split(const Axes& axes, Scaled of, int rank, Scaled& constant);
  Scaled sum_over(const Axes& axes, Scaled of, int rank, double count);
  Scaled sum_of_product(const Axes& axes, Scaled of, int rank, double count);
  std::optional<Scaled> matrix_times_vector(const Axes& axes, const Factors& inside, int rank);
  std::optional<Scaled> picked(const Axes& axes, const Factors& inside, int rank, double count);
  std::optional<Scaled> running(const char* head, const Axes& axes, TermId condition, Scaled x,
                                int rank);
  std::optional<Scaled> running_sum(const Axes& axes, const Factors& inside, int rank);
  std::optional<Scaled> at_equal_place(const Axes& axes, const Factors& inside, int rank);
  Scaled log_of(Scaled x);
  Scaled root_of(Scaled x);
  Scaled squared(TermId norm);
  Scaled rebuilt(TermId term, const std::vector<Scaled>& args);
  std::optional<std::vector<Scaled>> without_cases(const Term& term);
  Scaled under(Scaled x, TermId condition, bool holds);
  Scaled given(Scaled x, TermId condition, bool holds);
  std::optional<double> known(const std::string& op, Scaled a, Scaled b) const;
  bool of_elements(const Term& term) const;
  std::optional<Scaled> element_of(std::int64_t loop, const Term& series) const;
  std::optional<Scaled> product_of_step(std::int64_t loop, const Term& product);

  std::deque<Term> terms_; ///< references stay valid
  std::map<std::string, TermId> interned_;
  std::map<std::pair<TermId, Axes>, Scaled> placed_;
  std::deque<Loop> loops_;
};

/// The other axes of `rank`, and where each axis goes when `axes` are dropped (-1: nowhere).
Axes kept(const Axes& axes, int rank);
Axes dropping(const Axes& axes, int rank);
std::uint64_t bits(const Axes& axes);

/// 0.30000000000000004 and its like are what rounding made of integers and their inverses.
double snapped(double x);

} // namespace nnc::formula
