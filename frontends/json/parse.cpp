// The one place that includes nlohmann/json. Its SAX interface reports tokens in order but not
// where they are, so a cursor follows it over the text: from the end of one token past blanks,
// comments and separators to the next.
#include "frontends/json/parse.h"

#include "ir/messages.h"
#include "ir/printable.h"

#include <nlohmann/json.hpp>

#include <deque>
#include <iterator>
#include <unordered_set>

namespace nnc {
namespace {

struct Position {
  std::size_t offset = 0;
  int line = 1;
  int column = 1;
};

class Cursor {
public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text.starts_with("\xef\xbb\xbf")) at_.offset = 3;
  }

  /// Mark of the next token; the cursor moves behind it.
  Mark token() {
    skip_separators(text_.size());
    start_ = at_;
    move(token_end());
    return {start_.line, start_.column, std::max(1, at_.column - start_.column)};
  }

  /// Where the error at byte `offset` stands: at the token that it ends, or inside a string.
  Mark error_mark(std::size_t offset, bool inside) {
    skip_separators(std::min(offset, text_.size()));
    if (inside) move(std::min(offset, text_.size()));
    return {at_.line, at_.column, 1};
  }

  /// Text of the last token.
  std::string_view raw() const { return text_.substr(start_.offset, at_.offset - start_.offset); }

private:
  void skip_separators(std::size_t limit) {
    while (at_.offset < limit) {
      const char c = text_[at_.offset];
      const std::string_view rest = text_.substr(at_.offset);
      if (rest.starts_with("//"))
        move(std::min(text_.find('\n', at_.offset), text_.size()));
      else if (rest.starts_with("/*"))
        move(std::min(text_.find("*/", at_.offset + 2), text_.size() - 2) + 2);
      else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':')
        move(at_.offset + 1);
      else
        return;
    }
  }

  std::size_t token_end() const {
    std::size_t end = at_.offset;
    if (end >= text_.size()) return end;
    if (text_[end] == '"') {
      for (++end; end < text_.size() && text_[end] != '"'; ++end)
        if (text_[end] == '\\') ++end;
      return std::min(end + 1, text_.size());
    }
    if (std::string_view("{}[]").find(text_[end]) != std::string_view::npos) return end + 1;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) ||
                                  text_[end] == '+' || text_[end] == '-' || text_[end] == '.'))
      ++end;
    return end;
  }

  void move(std::size_t to) {
    for (; at_.offset < to; ++at_.offset) {
      const char c = text_[at_.offset];
      if (c == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if (!continues_character(c)) {
        ++at_.column;
      }
    }
  }

  std::string_view text_;
  Position at_;
  Position start_;
};

/// Columns of the decoded bytes of a string token, and of its end.
std::vector<int> decoded_columns(std::string_view raw, int column) {
  std::vector<int> columns;
  const std::size_t end = raw.size() - 1;
  int at = column + 1;
  for (std::size_t i = 1; i < end; ++at) {
    const auto c = static_cast<unsigned char>(raw[i]);
    if (c == '\\' && raw[i + 1] == 'u') {
      // A code point above the basic plane takes two escapes and four bytes.
      const unsigned long unit = std::stoul(std::string(raw.substr(i + 2, 4)), nullptr, 16);
      const bool pair = unit >= 0xd800 && unit < 0xdc00;
      columns.insert(columns.end(), unit < 0x80 ? 1 : unit < 0x800 ? 2 : pair ? 4 : 3, at);
      const int width = pair ? 12 : 6;
      i += static_cast<std::size_t>(width);
      at += width - 1;
    } else if (c == '\\') {
      columns.push_back(at);
      i += 2;
      at += 1;
    } else {
      do columns.push_back(at);
      while (++i < end && continues_character(raw[i]));
    }
  }
  columns.push_back(at);
  return columns;
}

bool plain(std::string_view raw) {
  return std::ranges::all_of(raw, [](char c) { return c != '\\' && c > 0; });
}

/// What nlohmann's message says after its own position and context.
std::string reason(std::string_view what) {
  if (what.find("out_of_range") != std::string_view::npos)
    return "this number is outside the range of f64";
  const std::size_t column = what.find(" column ");
  const std::size_t colon = what.find(": ", column == std::string_view::npos ? 0 : column);
  if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
  if (const std::size_t dash = what.find(" - "); dash != std::string_view::npos)
    what.remove_prefix(dash + 3);
  // "last read" repeats the text that the caret shows.
  if (const std::size_t last = what.find("; last read"); last != std::string_view::npos) {
    const std::size_t expected = what.find("; expected", last);
    std::string text(what.substr(0, last));
    return expected == std::string_view::npos ? text : text + std::string(what.substr(expected));
  }
  return std::string(what);
}

/// What is behind the commonest slips.
std::string advice(std::string_view what, std::string_view why) {
  const bool key = what.find("object key") != std::string_view::npos;
  if (key && why.find("unexpected '}'") != std::string_view::npos)
    return "no comma stands before a closing bracket";
  if (why.find("unexpected ']'") != std::string_view::npos)
    return "no comma stands before a closing bracket";
  if (why.find("expected ':'") != std::string_view::npos)
    return "a key stands in double quotes and is followed by a colon";
  if (why.find("invalid literal") != std::string_view::npos)
    return "text stands in double quotes; bare words are true, false and null";
  return {};
}

class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
public:
  TreeBuilder(std::string_view text, const std::string& file) : cursor_(text), file_(file) {}

  JsonText result;
  Errors errors;

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put({value}); }
  bool number_integer(number_integer_t value) override {
    const Mark mark = cursor_.token();
    NumberDoc number{static_cast<double>(value), value};
    if (value == 0) number.real = -0.0; // the only way that a zero is reported as signed
    return put({number}, mark);
  }
  bool number_unsigned(number_unsigned_t value) override {
    NumberDoc number{static_cast<double>(value), {}};
    if (value <= INT64_MAX) number.integer = static_cast<std::int64_t>(value);
    return put({number});
  }
  bool number_float(number_float_t value, const string_t&) override {
    return put({NumberDoc{value, {}}});
  }
  bool string(string_t& value) override {
    const Mark mark = cursor_.token();
    if (!plain(cursor_.raw()))
      result.columns.add(mark, decoded_columns(cursor_.raw(), mark.column));
    return put({std::move(value)}, mark);
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open({AttrObject{}}); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open({AttrList{}}); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    const Mark mark = cursor_.token();
    Frame& frame = frames_.back();
    frame.repeated = !frame.keys.insert(value).second;
    if (frame.repeated && result.repeated.size() < error_limit)
      result.repeated.push_back({.code = "E0104",
                                 .message = "the key " + quote(value) + " is given twice",
                                 .place = place(mark)});
    frame.key = {std::move(value), mark};
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& exception) override {
    const std::string why = reason(exception.what());
    const bool inside = why.find("invalid string") != std::string::npos;
    const bool encoding = why.find("UTF-8") != std::string::npos;
    const Mark mark = cursor_.error_mark(position ? position - 1 : 0, inside);
    errors.push_back({.code = encoding ? "E0102" : "E0101",
                      .message = encoding ? "this byte is not UTF-8" : "not JSON: " + why,
                      .place = place(mark),
                      .help = encoding ? "" : advice(exception.what(), why)});
    return false;
  }

private:
  struct Frame {
    AttrDoc* value = nullptr;
    std::unordered_set<std::string> keys = {};
    NameDoc key = {};
    bool repeated = false; ///< the key
  };

  Place place(Mark mark) const { return {file_, mark.line, mark.column, mark.length}; }

  bool put(AttrDoc value) { return put(std::move(value), cursor_.token()); }
  bool put(AttrDoc value, Mark mark) {
    value.mark = mark;
    insert(std::move(value));
    return true;
  }

  AttrDoc& insert(AttrDoc value) {
    if (frames_.empty()) return result.root = std::move(value);
    Frame& frame = frames_.back();
    if (frame.repeated) return ignored_.emplace_back(std::move(value));
    if (auto* list = std::get_if<AttrList>(&frame.value->value))
      return list->emplace_back(std::move(value));
    auto& object = std::get<AttrObject>(frame.value->value);
    object.push_back({std::move(frame.key), std::move(value)});
    return object.back().value;
  }

  bool open(AttrDoc value) {
    value.mark = cursor_.token();
    if (frames_.size() == max_json_depth) {
      errors.push_back({.code = "E0103",
                        .message = "nested deeper than " + std::to_string(max_json_depth),
                        .place = place(value.mark)});
      return false;
    }
    frames_.push_back({&insert(std::move(value))});
    return true;
  }

  bool close() {
    cursor_.token();
    frames_.pop_back();
    return true;
  }

  Cursor cursor_;
  const std::string& file_;
  std::vector<Frame> frames_;   ///< open lists and objects; their parents do not grow meanwhile
  std::deque<AttrDoc> ignored_; ///< what stands under repeated keys
};

} // namespace

void StringColumns::add(Mark string, std::vector<int> columns) {
  columns_.emplace(std::pair{string.line, string.column}, std::move(columns));
}

std::vector<int> StringColumns::find(Mark string) const {
  const auto found = columns_.find({string.line, string.column});
  return found == columns_.end() ? std::vector<int>{} : found->second;
}

OrErrors<JsonText> parse_json(std::string_view text, const std::string& file) {
  if (text.size() > max_json_bytes)
    return Errors{{.code = "E0103",
                   .message = "a model file of " + std::to_string(text.size()) +
                              " bytes; the limit is 256 MiB",
                   .place = {file},
                   .help = "keep large constants in a .safetensors or .npy file"}};
  if (text.starts_with("\xfe\xff") || text.starts_with("\xff\xfe"))
    return Errors{{.code = "E0102",
                   .message = "this is UTF-16",
                   .place = {file, 1, 1},
                   .help = "save the file as UTF-8"}};
  TreeBuilder builder(text, file);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                            nlohmann::json::input_format_t::json, true, true);
  if (!builder.errors.empty()) {
    Errors all = std::move(builder.result.repeated);
    std::ranges::move(builder.errors, std::back_inserter(all));
    return in_order(std::move(all));
  }
  return std::move(builder.result);
}

} // namespace nnc
