// Where a node came from: every message and every dump can say it.
#pragma once

#include "ir/error.h"

#include <deque>
#include <string>

namespace nnc {

struct OriginId {
  std::uint32_t id = 0; ///< 0 = unknown
  bool operator==(const OriginId&) const = default;
};

/// For a node as written: the place, what is written there and the scope ("layer1/"). For a
/// gradient node besides: the origin and name of the forward node, the rule that made it and the
/// order of differentiation. For a node made by a rewrite: the list and name of the rewrite.
struct Origin {
  Place place = {};
  std::string source = {};  ///< the sub-expression, shortened, or the op: "x@w"
  std::string pointer = {}; ///< JSON pointer, "/nodes/3"
  std::string scope = {};
  OriginId forward = {};
  std::string subject = {}; ///< name of the forward value ("z")
  std::string rule = {};    ///< row whose gradient rule ran
  int order = 0;            ///< 0 = not a gradient node
  std::string rewrite = {}; ///< "stabilize: bce-of-sigmoid"
};

class OriginPool {
public:
  OriginPool() { add({}); }
  OriginId add(Origin origin) {
    origins_.push_back(std::move(origin));
    return {static_cast<std::uint32_t>(origins_.size() - 1)};
  }
  const Origin& operator[](OriginId id) const { return origins_[id.id]; }

private:
  std::deque<Origin> origins_;
};

} // namespace nnc
