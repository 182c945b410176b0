// Where a node came from: every message and every dump can say it.
#pragma once

#include "ir/pools.h"

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
  bool tangent = false;     ///< made by forward mode
  std::string rewrite = {}; ///< "stabilize: bce-of-sigmoid"
};

/// One of these for almost every node: texts are held by number.
class OriginPool {
public:
  explicit OriginPool(TextPool& texts) : texts_(texts) { add({}); }
  OriginId add(const Origin& origin);
  Origin operator[](OriginId id) const;
  /// Parts of it, for those who ask of every node.
  int order(OriginId id) const { return kept_[id.id].order; }
  const std::string& file(OriginId id) const { return texts_[kept_[id.id].file]; }
  /// Of what a gradient rule makes for a node: where the derivative was asked for, the node's
  /// origin and name, and its row.
  OriginId derived(OriginId asked, OriginId forward, TextId subject, std::string_view rule);
  /// Of what the pullback of a pullback makes for a node of the first: it is forward mode through
  /// what that node was made for.
  OriginId tangent(OriginId asked, OriginId pulled);
  /// `id`, made by a rewrite.
  OriginId rewritten(OriginId id, std::string_view rewrite);

private:
  struct Kept {
    TextId file;
    int line, column, length;
    TextId source, pointer, scope;
    OriginId forward;
    TextId subject, rule;
    int order;
    bool tangent;
    TextId rewrite;
  };
  OriginId keep(const Kept& kept);

  TextPool& texts_;
  Blocks<Kept> kept_;
};

} // namespace nnc
