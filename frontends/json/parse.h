// JSON text as a tree of values with their places; strict but for comments.
//
// `//` and `/* */` comments and a UTF-8 mark at the beginning are skipped. Errors: E0101 no JSON,
// E0102 no UTF-8, E0103 too large or too deep, E0104 a key given twice (each of them is reported).
#pragma once

#include "frontends/model/doc.h"

#include <map>

namespace nnc {

inline constexpr std::size_t max_json_bytes = std::size_t{256} << 20;
inline constexpr std::size_t max_json_depth = 64;

/// Where the characters of strings stand, for strings in which it is not one column a byte.
class StringColumns {
public:
  void add(Mark string, std::vector<int> columns);
  /// Columns of the bytes of the string at `string`, quotes excluded; one more for its end. Empty:
  /// the byte i stands at column `string.column + 1 + i`.
  std::vector<int> find(Mark string) const;

private:
  std::map<std::pair<int, int>, std::vector<int>> columns_;
};

struct JsonText {
  AttrDoc root;
  StringColumns columns;
  Errors repeated = {}; ///< E0104; the first of the values counts
};

/// The tree, or why there is none.
OrErrors<JsonText> parse_json(std::string_view text, const std::string& file);

} // namespace nnc
