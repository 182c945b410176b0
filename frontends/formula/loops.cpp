#include "frontends/formula/loops.h"

#include "frontends/formula/equations.h"
#include "ir/control.h"

#include <algorithm>
#include <array>

namespace nnc::formula {
namespace {

constexpr std::array steps = {"t", "k", "j", "i", "l", "m"};
constexpr std::array counts = {"n", "m", "N", "M"};
constexpr std::array sequences = {"u", "v", "r", "q", "p", "z", "a", "b", "c", "g"};

/// `wanted` if it is given and free, else the first free letter; taken from then on.
std::string free_name(LoopNames& names, std::string wanted, std::span<const char* const> letters) {
  if (!wanted.empty() && names.taken.insert(wanted).second) return wanted;
  for (int round = 0;; ++round)
    for (const char* letter : letters) {
      std::string name = letter + (round == 0 ? "" : std::to_string(round));
      if (names.taken.insert(name).second) return name;
    }
}

/// The user's name, or `dh` of a cotangent `d_h`.
std::string plain(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (c != '_' || !name.starts_with("d_")) text += c;
  return text.find('.') == std::string::npos ? text : "";
}

class LoopReader {
public:
  LoopReader(const At& at, const Control& control, const ReadBody& read, LoopNames& names)
      : at_(at), control_(control), read_(read), names_(names), around_(names.around),
        operands_(loop_operands(at.graph, at.node, control)) {}

  std::vector<Scaled> run() {
    const auto number = static_cast<std::int64_t>(at_.terms.begin_loop(header()));
    number_ = number;
    names_.around = (around_.empty() ? "" : around_ + ",") + loop().step;
    name_carries();
    if (control_.condition) read_condition();
    std::map<std::uint32_t, std::string> named = name_outputs();
    std::vector<Scaled> inputs = before();
    for (std::size_t i = 0; i < operands_.over.size(); ++i) {
      const Value over = operands_.over[i];
      inputs.push_back(at_.terms.step(number, value(over), at_.graph.type(over).rank()));
    }
    append_with(inputs);
    const std::vector<Scaled> outputs = read_(*control_.body, std::move(inputs), named);
    names_.around = around_;
    return results(outputs);
  }

private:
  Loop& loop() { return at_.terms.loop(number_); }
  Scaled value(Value of) const { return at_.values[of.id]; }
  std::size_t carries() const { return operands_.carries.size(); }

  Loop header() {
    Loop loop{.step = free_letter(),
              .around = around_,
              .length = control_.length,
              .reverse = control_.reverse};
    if (control_.counted) loop.count = value(operands_.count);
    return loop;
  }
  /// Loops that are not in each other share their letters.
  std::string free_letter() const {
    for (const char* letter : steps)
      if (!names_.taken.contains(letter) && around_.find(letter) == std::string::npos)
        return letter;
    return "step";
  }

  void name_carries() {
    for (std::size_t i = 0; i < carries(); ++i) {
      const Value input = control_.body->inputs[i];
      std::string wanted = plain(control_.body->leaf_name(input));
      if (std::ranges::find(steps, wanted) != steps.end()) wanted.clear();
      Equation equation{.rank = control_.body->type(input).rank(),
                        .first = value(operands_.carries[i])};
      equation.name = free_name(names_, std::move(wanted), sequences);
      loop().carries.push_back(std::move(equation));
    }
  }

  std::vector<Scaled> before() const {
    std::vector<Scaled> states;
    for (std::size_t i = 0; i < carries(); ++i)
      states.push_back(at_.terms.state(number_, static_cast<std::int64_t>(i), state_of::before));
    return states;
  }
  void append_with(std::vector<Scaled>& inputs) const {
    for (const Value with : operands_.with) inputs.push_back(value(with));
  }

  void read_condition() {
    std::vector<Scaled> inputs = before();
    append_with(inputs);
    loop().condition = read_(*control_.condition, std::move(inputs), {})[0];
    loop().count_name = free_name(names_, "", counts);
  }

  /// The name of what is stacked: that of the result, if it is the user's.
  std::string name_of_stack(std::size_t output) {
    const Value result{at_.node.first.id + static_cast<std::uint32_t>(output)};
    for (const Output& each : at_.graph.outputs)
      if (each.value == result && around_.empty()) return each.name;
    return free_name(names_, "", sequences);
  }

  /// Elements of sequences go by these names in the body as well.
  std::map<std::uint32_t, std::string> name_outputs() {
    std::map<std::uint32_t, std::string> named;
    const std::string mark = subscript(names_.around);
    const auto& outputs = control_.body->outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const bool carried = i < carries();
      const std::uint32_t id = outputs[i].value.id;
      Equation equation{.rank = control_.body->type(outputs[i].value).rank()};
      if (carried) equation.name = loop().carries[i].name;
      if (const auto known = named.find(id); known != named.end() && !carried)
        equation.name = known->second.substr(0, known->second.size() - mark.size());
      else if (!carried)
        equation.name = name_of_stack(i);
      named.emplace(id, equation.name + mark);
      if (!carried) loop().stacks.push_back(std::move(equation));
    }
    return named;
  }

  std::vector<Scaled> results(const std::vector<Scaled>& outputs) {
    std::vector<Scaled> all;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const bool carried = i < carries();
      const std::size_t own = carried ? i : i - carries();
      (carried ? loop().carries : loop().stacks)[own].element = outputs[i];
      const auto index = static_cast<std::int64_t>(own);
      all.push_back(carried ? at_.terms.state(number_, index, state_of::last)
                            : at_.terms.series(number_, index));
    }
    if (control_.condition) all.push_back(at_.terms.state(number_, -1, state_of::count));
    loop().end = static_cast<TermId>(at_.terms.count());
    return all;
  }

  const At& at_;
  const Control& control_;
  const ReadBody& read_;
  LoopNames& names_;
  const std::string around_;
  const LoopOperands operands_;
  std::int64_t number_ = 0;
};

/// A loop of one step is that step.
std::vector<Scaled> read_step(const At& at, const Control& control, const ReadBody& read) {
  const LoopOperands operands = loop_operands(at.graph, at.node, control);
  std::vector<Scaled> inputs = at.all();
  for (std::size_t i = 0; i < operands.over.size(); ++i) {
    const int rank = at.graph.type(operands.over[i]).rank();
    Scaled& slice = inputs[operands.carries.size() + i];
    slice = at.terms.place(slice, dropping({0}, rank), rank - 1);
  }
  std::vector<Scaled> all = read(*control.body, std::move(inputs), {});
  for (std::size_t i = operands.carries.size(); i < all.size(); ++i) {
    const int rank = control.body->type(control.body->outputs[i].value).rank() + 1;
    all[i] = at.terms.place(all[i], kept({0}, rank), rank);
  }
  return all;
}

std::vector<Scaled> read_branch(const At& at, const Control& control, const ReadBody& read) {
  std::vector<Scaled> inputs = at.all();
  const Scaled condition = inputs[0];
  inputs.erase(inputs.begin());
  const std::vector<Scaled> yes = read(*control.body, inputs, {}),
                            no = read(*control.otherwise, inputs, {});
  std::vector<Scaled> all;
  for (std::size_t i = 0; i < yes.size(); ++i) {
    const int rank = control.body->type(control.body->outputs[i].value).rank();
    all.push_back(at.terms.where(at.terms.place(condition, {}, rank), yes[i], no[i]));
  }
  return all;
}

} // namespace

std::vector<Scaled> read_control(const At& at, const ReadBody& read, LoopNames& names) {
  const Control control = at.node.row->control(at.attrs());
  if (control.kind == ControlKind::branch) return read_branch(at, control, read);
  const bool one_step = control.length == 1 && !control.condition && !control.counted;
  return one_step ? read_step(at, control, read) : LoopReader(at, control, read, names).run();
}

} // namespace nnc::formula
