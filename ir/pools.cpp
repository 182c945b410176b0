#include "ir/pools.h"

#include <functional>

namespace nnc {
namespace {

std::uint32_t hash_of(std::string_view text) {
  const std::size_t hash = std::hash<std::string_view>{}(text);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

std::size_t hash_of(const Type& type) {
  auto hash = static_cast<std::size_t>(type.dtype) + 1;
  for (const std::int64_t size : type.shape)
    hash = (hash ^ static_cast<std::size_t>(size)) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

} // namespace

std::size_t TextPool::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot].id; slot = (slot + 1) & mask)
    if (table_[slot].hash == hash && texts_[table_[slot].id] == text) break;
  return slot;
}

TextId TextPool::find(std::string_view text) const {
  return text.empty() ? TextId{} : TextId{table_[slot_of(text, hash_of(text))].id};
}

TextId TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  const std::uint32_t hash = hash_of(text);
  std::size_t slot = slot_of(text, hash);
  if (table_[slot].id) return {table_[slot].id};
  if (texts_.size() * 2 >= table_.size()) {
    grow();
    slot = slot_of(text, hash);
  }
  table_[slot] = {hash, static_cast<std::uint32_t>(texts_.size())};
  texts_.push_back(std::string(text));
  return {table_[slot].id};
}

void TextPool::grow() {
  std::vector<Entry> old(table_.size() * 2);
  old.swap(table_);
  const std::size_t mask = table_.size() - 1;
  for (const Entry& entry : old) {
    if (!entry.id) continue;
    std::size_t slot = entry.hash & mask;
    while (table_[slot].id) slot = (slot + 1) & mask;
    table_[slot] = entry;
  }
}

const Type* TypePool::intern(const Type& type) {
  if (types_.size() * 2 >= table_.size()) grow();
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash_of(type) & mask;
  for (; table_[slot]; slot = (slot + 1) & mask)
    if (*table_[slot] == type) return table_[slot];
  return table_[slot] = &types_.push_back(type);
}

void TypePool::grow() {
  std::vector<const Type*> old(table_.size() * 2);
  old.swap(table_);
  const std::size_t mask = table_.size() - 1;
  for (const Type* type : old) {
    if (!type) continue;
    std::size_t slot = hash_of(*type) & mask;
    while (table_[slot]) slot = (slot + 1) & mask;
    table_[slot] = type;
  }
}

} // namespace nnc
