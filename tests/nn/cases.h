// What nn functions must give: tests/nn/expected/*.json, written by tests/nn/make_expected.py.
#pragma once

#include "frontends/nn/functions.h"

#include <nlohmann/json_fwd.hpp>

namespace nnc::nn {

struct Case {
  std::string function, name;
  std::vector<std::variant<std::monostate, Number, Literal>> in = {};
  std::vector<std::pair<std::string, AttrValue>> attrs = {};
  std::vector<Literal> out = {};
  std::vector<std::optional<Literal>> tangents = {};    ///< one per operand, or none at all
  std::vector<std::optional<Literal>> derivatives = {}; ///< one per result
  std::map<int, std::string> state = {};                ///< operands that are state, by position
  std::map<std::string, Literal> updates = {};
  std::vector<std::int64_t> rng = {};
  std::string site = {};
  bool training = false;
  bool relative = false; ///< small results count to all digits
  std::vector<DType> dtypes = {DType::f64, DType::f32, DType::f16, DType::bf16};

  NamedAttrs named() const;
};

/// The contents of tests/nn/expected/<family>.json.
nlohmann::json read_expected(const std::string& family);
std::vector<Case> load_cases(const std::string& family);
/// A family is a file.
std::vector<std::string> families();

Literal to_literal(const nlohmann::json& tensor);
/// As a reader of models sees it: integers, reals, strings, flags and lists; kinds are not known.
AttrValue to_attr(const nlohmann::json& value);
std::vector<std::pair<std::string, AttrValue>> to_attrs(const nlohmann::json& object);
NamedAttrs named(const std::vector<std::pair<std::string, AttrValue>>& attrs);

/// f64 tensors in another float dtype; others unchanged.
Literal as_dtype(const Literal& literal, DType dtype);
std::vector<double> reals(const Literal& literal);

/// Fails the test where the two differ by more than a few roundings of `got`'s dtype (times
/// `slack`), relative to the largest element of `want`, or element by element where `relative`.
void expect_near(const Literal& got, const Literal& want, double slack, bool relative);

} // namespace nnc::nn
