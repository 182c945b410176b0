// einsum: operands are contracted from left to right. Every axis has a label; the axes of an
// ellipsis get labels of their own, counted from the last.

#include "frontends/nn/contraction.h"
#include "ir/messages.h"

#include <algorithm>
#include <map>
#include <set>

namespace nnc::nn {
namespace {

// A letter is its own label; axis k from the end of an ellipsis is 1000 + k.
constexpr int first_ellipsis_label = 1000;
using Labels = std::vector<int>;

struct Term {
  Tensor value;
  Labels labels;
};

struct Spec {
  std::vector<std::string> operands;
  std::string result;
  bool explicit_result = false;
};

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Letters with at most one "..." in "ab...c".
bool well_formed(std::string_view text) {
  const auto dots = text.find("...");
  std::string rest(text);
  if (dots != std::string_view::npos) rest.erase(dots, 3);
  return std::ranges::all_of(rest, letter);
}

std::optional<Spec> parse_spec(std::string text) {
  std::erase(text, ' ');
  Spec spec;
  std::string operands = text;
  if (const auto arrow = text.find("->"); arrow != std::string::npos) {
    operands = text.substr(0, arrow);
    spec.result = text.substr(arrow + 2);
    spec.explicit_result = true;
  }
  for (std::size_t start = 0;;) {
    const auto comma = operands.find(',', start);
    spec.operands.push_back(operands.substr(start, comma - start));
    if (comma == std::string::npos) break;
    start = comma + 1;
  }
  if (!well_formed(spec.result) || !std::ranges::all_of(spec.operands, well_formed)) return {};
  return spec;
}

/// Labels of an operand of this rank (or of the result, whose ellipsis has `rank` - letters axes);
/// nothing when letters and axes do not fit.
std::optional<Labels> labels_of(std::string_view text, int rank) {
  const auto dots = text.find("...");
  const bool open = dots != std::string_view::npos;
  const int letters = static_cast<int>(text.size()) - (open ? 3 : 0);
  if (open ? rank < letters : rank != letters) return {};
  Labels labels;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (open && i == dots) {
      for (int k = rank - letters; k-- > 0;) labels.push_back(first_ellipsis_label + k);
      i += 2;
    } else {
      labels.push_back(text[i]);
    }
  }
  return labels;
}

bool contains(const Labels& labels, int label) {
  return std::ranges::find(labels, label) != labels.end();
}

/// Axes of one operand with the same letter have the same size.
bool repeats_agree(const Term& term) {
  for (std::size_t i = 0; i < term.labels.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (term.labels[i] == term.labels[j] &&
          term.value.size(static_cast<int>(i)) != term.value.size(static_cast<int>(j)))
        return false;
  return true;
}

/// Takes the diagonal where a label occurs twice.
Term without_repeats(Term term) {
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const auto again = std::find(term.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 term.labels.end(), term.labels[i]);
    if (again == term.labels.end()) continue;
    // Both axes to the end, one flat axis, every (n + 1)-th element of it.
    const auto j = static_cast<std::size_t>(again - term.labels.begin());
    Axes perm;
    Labels labels;
    Shape shape;
    for (std::size_t k = 0; k < term.labels.size(); ++k) {
      if (k == i || k == j) continue;
      perm.push_back(static_cast<std::int64_t>(k));
      labels.push_back(term.labels[k]);
      shape.push_back(term.value.size(static_cast<int>(k)));
    }
    const std::int64_t n = term.value.size(static_cast<int>(i));
    perm.insert(perm.end(), {static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)});
    shape.push_back(n * n);
    labels.push_back(term.labels[i]);
    const int axis = static_cast<int>(shape.size()) - 1;
    const Tensor flat = reshape(transpose(term.value, perm), shape);
    return without_repeats({slice(flat, axis, 0, n * n, n + 1), std::move(labels)});
  }
  return term;
}

/// Drops axes of size 1 whose label is larger elsewhere: they broadcast.
Term without_stretched(Term term, const std::map<int, std::int64_t>& sizes) {
  Shape shape;
  Labels labels;
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const std::int64_t size = term.value.size(static_cast<int>(i));
    if (size != sizes.at(term.labels[i])) continue;
    shape.push_back(size);
    labels.push_back(term.labels[i]);
  }
  return {reshape(term.value, std::move(shape)), std::move(labels)};
}

/// Sums over axes that nobody asks for.
Term summed(Term term, const std::set<int>& wanted) {
  Axes axes;
  Labels labels;
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    if (wanted.count(term.labels[i]))
      labels.push_back(term.labels[i]);
    else
      axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty()) return term;
  return {sum(term.value, std::move(axes)), std::move(labels)};
}

/// The product, summed over labels of both that are not wanted; other labels are all wanted.
Term contracted(const Term& a, const Term& b, const std::set<int>& wanted) {
  std::vector<std::vector<std::int64_t>> batch(2), contract(2);
  Labels labels, a_rest;
  for (std::size_t i = 0; i < a.labels.size(); ++i) {
    const auto in_b = std::ranges::find(b.labels, a.labels[i]);
    if (in_b == b.labels.end()) {
      a_rest.push_back(a.labels[i]);
      continue;
    }
    const bool stays = wanted.count(a.labels[i]) > 0;
    auto& lists = stays ? batch : contract;
    lists[0].push_back(static_cast<std::int64_t>(i));
    lists[1].push_back(in_b - b.labels.begin());
    if (stays) labels.push_back(a.labels[i]);
  }
  labels.insert(labels.end(), a_rest.begin(), a_rest.end());
  for (const int label : b.labels)
    if (!contains(a.labels, label)) labels.push_back(label);
  Builder& builder = a.value.builder();
  return {{builder, builder.dot(a.value, b.value, std::move(batch), std::move(contract))},
          std::move(labels)};
}

/// Letters that occur once, in alphabetical order, after the axes of the ellipses.
Labels implicit_result(const std::vector<Term>& terms) {
  std::map<int, int> uses;
  for (const Term& term : terms)
    for (const int label : term.labels) ++uses[label];
  Labels result;
  for (auto it = uses.rbegin(); it != uses.rend(); ++it)
    if (it->first >= first_ellipsis_label) result.push_back(it->first);
  for (const auto& [label, count] : uses)
    if (label < first_ellipsis_label && count == 1) result.push_back(label);
  return result;
}

std::optional<std::map<int, std::int64_t>> label_sizes(const std::vector<Term>& terms) {
  std::map<int, std::int64_t> sizes;
  for (const Term& term : terms)
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
      const std::int64_t size = term.value.size(static_cast<int>(i));
      auto [known, first] = sizes.emplace(term.labels[i], size);
      if (first || known->second == size || size == 1) continue;
      if (known->second != 1) return {};
      known->second = size;
    }
  return sizes;
}

Term contract_all(std::vector<Term> terms, const Labels& result) {
  // wanted[i]: labels of the result and of the terms after i.
  std::vector<std::set<int>> wanted(terms.size(), {result.begin(), result.end()});
  for (std::size_t i = terms.size() - 1; i > 0; --i) {
    wanted[i - 1] = wanted[i];
    wanted[i - 1].insert(terms[i].labels.begin(), terms[i].labels.end());
  }
  Term total = summed(terms[0], wanted[0]);
  for (std::size_t i = 1; i < terms.size(); ++i) {
    std::set<int> asked = wanted[i];
    asked.insert(total.labels.begin(), total.labels.end());
    total = contracted(total, summed(terms[i], asked), wanted[i]);
    total = summed(std::move(total), wanted[i]);
  }
  return total;
}

} // namespace

std::vector<Value> einsum(Call& call) {
  const std::string& text = call.string("spec");
  const auto spec = parse_spec(text);
  if (!spec) return call.attr_error("'spec' is " + quote(text), "write it like \"ij,jk->ik\"");
  if (static_cast<int>(spec->operands.size()) != call.count())
    return call.operand_error("'spec' has " + std::to_string(spec->operands.size()) +
                              " terms for " + std::to_string(call.count()) + " operands");
  std::vector<Term> terms;
  int dots = 0;
  for (int i = 0; i < call.count(); ++i) {
    const std::string& term = spec->operands[static_cast<std::size_t>(i)];
    auto labels = labels_of(term, call.in(i).rank());
    if (!labels) return call.operand_error(call.describe(i) + ", its term is " + quote(term));
    dots = std::max(dots, static_cast<int>(std::ranges::count_if(
                              *labels, [](int label) { return label >= first_ellipsis_label; })));
    terms.push_back({call.in(i), std::move(*labels)});
  }
  const auto sizes = label_sizes(terms);
  if (!sizes || !std::ranges::all_of(terms, repeats_agree))
    return call.operand_error("a letter of " + quote(text) + " has two sizes");
  const int letters = static_cast<int>(std::ranges::count_if(spec->result, letter));
  const bool open = spec->result.find("...") != std::string::npos;
  const Labels result = spec->explicit_result
                            ? *labels_of(spec->result, letters + (open ? dots : 0))
                            : implicit_result(terms);
  if (std::set<int>(result.begin(), result.end()).size() != result.size() ||
      !std::ranges::all_of(result, [&](int label) { return sizes->count(label) > 0; }))
    return call.attr_error("the result of " + quote(text) +
                           " repeats a letter or has one that no operand has");
  for (Term& term : terms) term = without_stretched(without_repeats(std::move(term)), *sizes);
  const Term total = contract_all(std::move(terms), result);
  Axes perm;
  for (const int label : result)
    perm.push_back(std::ranges::find(total.labels, label) - total.labels.begin());
  return {transpose(total.value, std::move(perm))};
}

} // namespace nnc::nn
