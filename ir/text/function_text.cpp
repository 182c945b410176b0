#include "ir/text/function_text.h"

namespace nnc {

bool FunctionText::fail(Error error) {
  if (errors.size() < max_text_errors) errors.push_back(std::move(error));
  return false;
}

bool FunctionText::fail_at(Cursor::Mark from, std::string code, std::string message,
                           std::string help) {
  return fail({.code = std::move(code),
               .message = std::move(message),
               .place = cursor.place(from),
               .help = std::move(help)});
}

bool FunctionText::expect(std::string_view symbol) {
  return cursor.accept(symbol) || fail(unexpected(cursor, "'" + std::string(symbol) + "'"));
}

bool FunctionText::value_name(std::string& name) {
  if (!expect("%")) return false;
  auto read = cursor.name();
  if (!read) return fail(unexpected(cursor, "a name"));
  name = std::move(*read);
  return true;
}

} // namespace nnc
