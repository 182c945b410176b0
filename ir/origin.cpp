#include "ir/origin.h"

namespace nnc {

OriginId OriginPool::add(const Origin& origin) {
  const Place& place = origin.place;
  return keep({.file = texts_.intern(place.file),
               .line = place.line,
               .column = place.column,
               .length = place.length,
               .source = texts_.intern(origin.source),
               .pointer = texts_.intern(origin.pointer),
               .scope = texts_.intern(origin.scope),
               .forward = origin.forward,
               .subject = texts_.intern(origin.subject),
               .rule = texts_.intern(origin.rule),
               .order = origin.order,
               .tangent = origin.tangent,
               .rewrite = texts_.intern(origin.rewrite)});
}

Origin OriginPool::operator[](OriginId id) const {
  const Kept& kept = kept_[id.id];
  return {.place = {texts_[kept.file], kept.line, kept.column, kept.length},
          .source = texts_[kept.source],
          .pointer = texts_[kept.pointer],
          .scope = texts_[kept.scope],
          .forward = kept.forward,
          .subject = texts_[kept.subject],
          .rule = texts_[kept.rule],
          .order = kept.order,
          .tangent = kept.tangent,
          .rewrite = texts_[kept.rewrite]};
}

OriginId OriginPool::keep(const Kept& kept) {
  kept_.push_back(kept);
  return {static_cast<std::uint32_t>(kept_.size() - 1)};
}

OriginId OriginPool::derived(OriginId asked, OriginId forward, TextId subject,
                             std::string_view rule) {
  const Kept &at = kept_[asked.id], &from = kept_[forward.id];
  return keep({.file = at.file,
               .line = at.line,
               .column = at.column,
               .length = at.length,
               .source = {},
               .pointer = {},
               .scope = from.scope,
               .forward = forward,
               .subject = subject,
               .rule = texts_.intern(rule),
               .order = from.order + 1,
               .tangent = false,
               .rewrite = {}});
}

OriginId OriginPool::tangent(OriginId asked, OriginId pulled) {
  const Kept& at = kept_[asked.id];
  Kept kept = kept_[pulled.id];
  kept.file = at.file;
  kept.line = at.line;
  kept.column = at.column;
  kept.length = at.length;
  kept.tangent = true;
  kept.rewrite = {};
  return keep(kept);
}

OriginId OriginPool::rewritten(OriginId id, std::string_view rewrite) {
  Kept kept = kept_[id.id];
  kept.rewrite = texts_.intern(rewrite);
  return keep(kept);
}

} // namespace nnc
