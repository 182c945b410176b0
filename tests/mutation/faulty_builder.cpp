#include "mutation/faulty_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nnc::mutation {

FaultyBuilder::FaultyBuilder(Builder& right, Injection& injection, std::vector<Known> known)
    : Builder(right.graph()), right_(right), injection_(injection), known_(std::move(known)) {
  origin = right.origin;
}

void FaultyBuilder::check() {
  for (Builder* builder : {static_cast<Builder*>(this), &right_})
    if (const auto error = builder->take_error()) throw Refused(error->message);
}

Result<std::vector<Value>> FaultyBuilder::insert(const OpRow& row, std::span<const Value> operands,
                                                 Attrs attrs) {
  const OriginId before = right_.origin;
  right_.origin = origin;
  Built node{row, {operands.begin(), operands.end()}, std::move(attrs), {}};
  node.results = build_node(right_, node);
  const std::string where = fmt::format("node {} {}", count_++, row.name);
  if (!right_.error() && injection_.concerns(where)) {
    const Node& made = graph().producer(node.results[0]);
    if (made.row == &row) node.attrs = graph().context().attrs[made.attrs]; // in full
    std::vector<Value> results = node.results;
    for (const Edit& edit : edits_of(graph(), node, known_))
      if (injection_.chosen(where, edit.kind, edit.name)) {
        std::ranges::copy(edit.build(right_, node), results.begin());
        if (results == node.results) injection_.unchanged();
      }
    check();
    // Rules go by the rank of what they have built.
    for (std::size_t i = 0; i < results.size(); ++i)
      if (rank(results[i]) != rank(node.results[i])) throw Refused("a result of another rank");
    node.results = std::move(results);
  }
  check(); // at once: rules do not expect that something fails
  right_.origin = before;
  return node.results;
}

} // namespace nnc::mutation
