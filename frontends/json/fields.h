// Reading values of a JSON tree with errors that say what was expected where.
#pragma once

#include "frontends/json/parse.h"

#include <functional>
#include <span>

namespace nnc {

/// Collects errors; all readers below report here and give an empty value after an error.
class Fields {
public:
  Fields(std::string file, const StringColumns& columns)
      : file(std::move(file)), columns(columns) {}

  const std::string file;
  const StringColumns& columns;

  void fail(std::string code, Mark mark, std::string message, std::string help = {});
  void fail(Error error) { errors_.push_back(std::move(error)); }
  std::size_t error_count() const { return errors_.size(); }
  /// In the order of the file, the first `error_limit` of them.
  Errors take() { return in_order(std::move(errors_)); }

  /// E0107 unless the value is an object (a list, ...); `what` names it in the message.
  AttrObject* object(AttrDoc& value, std::string_view what);
  AttrList* list(AttrDoc& value, std::string_view what);
  std::string string(const AttrDoc& value, std::string_view what);
  bool boolean(const AttrDoc& value, std::string_view what);
  /// A string that is a name (E0108).
  NameDoc name(const AttrDoc& value, std::string_view what);
  NameDoc name(NameDoc text, std::string_view what);
  /// One name or a list of names.
  std::vector<NameDoc> names(AttrDoc& value, std::string_view what);
  SizeDoc size(const AttrDoc& value, std::string_view what);
  std::optional<TypeDoc> type(const AttrDoc& value, std::string_view what);

  /// Calls the reader of each key; E0105 for keys without one, but `$schema` and `x-...`, which
  /// are skipped. A misspelt key is read as the one that was meant, so that what depends on it is
  /// no error as well. False if an object or a list was left unread.
  struct Field {
    std::string_view key;
    std::function<void(AttrEntry&)> read;
  };
  bool each(AttrObject& object, std::string_view what, std::span<const Field> fields);

  static bool ignored(std::string_view key) { return key == "$schema" || key.starts_with("x-"); }

private:
  Errors errors_;
};

/// A number as JSON writes it.
std::string number_text(const NumberDoc& number);

} // namespace nnc
