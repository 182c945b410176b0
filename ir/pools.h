// What the graphs of a context share and hold by number or address: texts and types, each once.
#pragma once

#include "ir/blocks.h"
#include "ir/types.h"

namespace nnc {

struct TextId {
  std::uint32_t id = 0; ///< 0 = the empty text
  bool operator==(const TextId&) const = default;
};

/// Names of values and what origins say. Texts are few beside the places that hold them: a name
/// goes from graph to graph as a number.
class TextPool {
public:
  TextPool() { texts_.push_back({}); }
  TextId intern(std::string_view text);
  /// The empty text's for what is not there.
  TextId find(std::string_view text) const;
  const std::string& operator[](TextId id) const { return texts_[id.id]; }
  std::size_t size() const { return texts_.size(); }

private:
  struct Entry {
    std::uint32_t hash = 0, id = 0; ///< 0 = free
  };
  /// Where `text` is, or the free slot where it would be.
  std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow();

  Blocks<std::string> texts_;
  std::vector<Entry> table_ = std::vector<Entry>(64); ///< open addressing, at most half full
};

/// Equal types have one address.
class TypePool {
public:
  const Type* intern(const Type& type);

private:
  void grow();

  Blocks<Type> types_;
  std::vector<const Type*> table_ = std::vector<const Type*>(64); ///< as above; null = free
};

} // namespace nnc
