#include "runtime/files/csv.h"

#include "ir/messages.h"
#include "runtime/number_text.h"
#include "runtime/tensor_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace nnc {
namespace {

struct Field {
  std::string_view text;  ///< without quotes; a doubled quote is still doubled
  std::size_t column = 0; ///< where it begins, from 0
};

std::string_view trimmed(std::string_view text, std::string_view spaces) {
  const std::size_t begin = std::min(text.find_first_not_of(spaces), text.size());
  const std::size_t end = text.find_last_not_of(spaces);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

bool is_number(std::string_view text) {
  double ignored = 0;
  return read_number(text, DType::f64, reinterpret_cast<std::byte*>(&ignored)) !=
         NumberFault::not_a_number;
}

class CsvReader {
public:
  CsvReader(std::string_view text, std::string_view name, const CsvOptions& options)
      : rest_(text), name_(name), spaces_(options.delimiter == '\t' ? " " : " \t"),
        options_(options) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    while (rest_.ends_with('\n') || rest_.ends_with('\r')) rest_.remove_suffix(1);
  }

  Result<CsvTable> read() {
    if (rest_.empty()) return fault(1, {}, "the file is empty");
    std::string_view peek = rest_;
    if (auto error = split(next_line(peek), 1)) return *error;
    columns_ = fields_.size();
    const auto header = is_header();
    if (!header) return header.error();
    if (*header) take_names();
    if (auto error = find_label()) return *error;
    if (auto error = allocate()) return *error;
    for (row_ = 0; !rest_.empty(); ++row_)
      if (auto error = read_row()) return *error;
    return std::move(table_);
  }

private:
  Error fault(int line, const Field& field, const std::string& why, std::string help = {}) const {
    const int length = static_cast<int>(std::clamp<std::size_t>(field.text.size(), 1, 1000));
    return {.code = "E0613",
            .message = "not a table of numbers: " + why,
            .place = {std::string(name_), line, static_cast<int>(field.column) + 1, length},
            .help = std::move(help)};
  }

  static std::string_view next_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  // The fields of a line into fields_.
  Status split(std::string_view line, int number) {
    fields_.clear();
    for (std::size_t at = 0;; ++at) {
      const std::size_t begin = std::min(line.find_first_not_of(spaces_, at), line.size());
      std::size_t end = std::min(line.find(options_.delimiter, at), line.size());
      if (begin < line.size() && line[begin] == '"') {
        std::size_t close = line.find('"', begin + 1);
        while (close != std::string_view::npos && line.substr(close + 1).starts_with('"'))
          close = line.find('"', close + 2);
        if (close == std::string_view::npos)
          return fault(number, {line.substr(begin), begin}, "a quote is not closed on its line");
        end = std::min(line.find(options_.delimiter, close), line.size());
        if (!trimmed(line.substr(close + 1, end - close - 1), spaces_).empty())
          return fault(number, {line.substr(close + 1, end - close - 1), close + 1},
                       "text follows a closing quote");
        fields_.push_back({line.substr(begin + 1, close - begin - 1), begin + 1});
      } else {
        fields_.push_back({trimmed(line.substr(at, end - at), spaces_), std::min(begin, end)});
      }
      if (end == line.size()) return std::nullopt;
      at = end;
    }
  }

  Result<bool> is_header() const {
    if (options_.header != CsvHeader::detect) return options_.header == CsvHeader::present;
    const auto number = [](const Field& field) { return is_number(field.text); };
    const auto word = std::find_if_not(fields_.begin(), fields_.end(), number);
    if (word == fields_.end()) return false;
    if (std::none_of(fields_.begin(), fields_.end(), number)) return true;
    return fault(1, *word, "the first line holds numbers and " + quote(word->text),
                 "correct it, or say whether the first line names the columns");
  }

  void take_names() {
    for (const Field& field : fields_) {
      std::string name(field.text);
      for (std::size_t at = 0; (at = name.find("\"\"", at)) != std::string::npos; ++at)
        name.erase(at, 1);
      table_.names.push_back(std::move(name));
    }
    next_line(rest_);
    line_ = 2;
  }

  Status find_label() {
    label_ = columns_; // none
    if (!options_.label_column) return std::nullopt;
    const auto columns = static_cast<std::int64_t>(columns_);
    const std::int64_t label = *options_.label_column;
    if (label < -columns || label >= columns)
      return fault(1, {}, fmt::format("there is no label column {} in {} columns", label, columns));
    label_ = static_cast<std::size_t>(label < 0 ? label + columns : label);
    return std::nullopt;
  }

  // Every element stands in the text with a delimiter or line break, so the file bounds the memory.
  Status allocate() {
    if (rest_.empty()) return fault(line_, {}, "there is no row of numbers");
    const auto rows = 1 + std::count(rest_.begin(), rest_.end(), '\n');
    const bool labels = options_.label_column.has_value();
    const auto width = static_cast<std::int64_t>(columns_) - (labels ? 1 : 0);
    if (rows > (static_cast<std::int64_t>(rest_.size()) + 1) / static_cast<std::int64_t>(columns_))
      return short_row();
    auto features = Tensor::zeros({options_.dtype, {rows, width}});
    if (!features) return std::move(features).error();
    table_.features = std::move(*features);
    if (!labels) return std::nullopt;
    auto column = Tensor::zeros({options_.label_dtype, {rows}});
    if (!column) return std::move(column).error();
    table_.labels = std::move(*column);
    return std::nullopt;
  }

  void step_line() { line_ = line_ < std::numeric_limits<int>::max() ? line_ + 1 : line_; }

  // The error of the first row with too few fields.
  Status short_row() {
    while (!rest_.empty()) {
      if (auto error = check_row(next_line(rest_))) return error;
      step_line();
    }
    throw InternalError("read_csv: more rows than the text has room for");
  }

  Status check_row(std::string_view line) {
    if (line.empty()) return fault(line_, {}, "the line is empty");
    if (auto error = split(line, line_)) return error;
    if (fields_.size() == columns_) return std::nullopt;
    std::string help;
    if (columns_ == 1 && line.find_first_of(";\t") != std::string_view::npos)
      help = "fields are separated by commas";
    return fault(line_, fields_.back(),
                 fmt::format("the line has {} fields, the first has {}", fields_.size(), columns_),
                 help);
  }

  Status read_row() {
    if (auto error = check_row(next_line(rest_))) return error;
    std::size_t element = row_ * (columns_ - (label_ < columns_ ? 1 : 0));
    for (std::size_t column = 0; column < columns_; ++column) {
      Tensor& target = column == label_ ? *table_.labels : table_.features;
      const std::size_t position = column == label_ ? row_ : element++;
      if (auto error = read_field(fields_[column], target, position)) return error;
    }
    step_line();
    return std::nullopt;
  }

  Status read_field(const Field& field, Tensor& target, std::size_t position) const {
    const DType dtype = target.type().dtype;
    switch (read_number(field.text, dtype, target.bytes().data() + position * dtype_size(dtype))) {
    case NumberFault::none:
      return std::nullopt;
    case NumberFault::out_of_range:
      return fault(
          line_, field,
          fmt::format("{} is outside the range of {}", quote(field.text), dtype_name(dtype)));
    case NumberFault::not_a_number:
      break;
    }
    if (field.text.empty()) return fault(line_, field, "a value is missing", "write nan for none");
    std::string help;
    if (columns_ == 1 && field.text.find_first_of(";\t") != std::string_view::npos)
      help = "fields are separated by commas";
    else if (!is_float(dtype) && is_number(field.text))
      help = fmt::format("the column is read as {}", dtype_name(dtype));
    return fault(line_, field,
                 fmt::format("{} is not of dtype {}", quote(field.text), dtype_name(dtype)), help);
  }

  std::string_view rest_, name_, spaces_;
  const CsvOptions& options_;
  CsvTable table_;
  std::vector<Field> fields_;
  std::size_t columns_ = 0, label_ = 0, row_ = 0;
  int line_ = 1;
};

std::string field_text(const Tensor& tensor, std::int64_t i) {
  if (tensor.type().dtype != DType::boolean) return element_text(tensor, i);
  return tensor.as<std::uint8_t>()[static_cast<std::size_t>(i)] != 0 ? "1" : "0";
}

} // namespace

Result<CsvTable> read_csv(std::span<const std::byte> bytes, std::string_view name,
                          const CsvOptions& options) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return CsvReader(text, name, options).read();
}

Result<CsvTable> load_csv(const std::string& path, const CsvOptions& options,
                          const FileLimits& limits) {
  const auto bytes = read_file(path, limits);
  if (!bytes) return bytes.error();
  return read_csv(*bytes, path, options);
}

Result<std::string> write_csv(std::span<const NamedTensor> columns) {
  const auto rows_of = [](const Type& type) { return type.shape.empty() ? 1 : type.shape[0]; };
  const auto width_of = [](const Type& type) {
    return type.shape.size() < 2
               ? 1
               : Type{type.dtype, Shape(type.shape.begin() + 1, type.shape.end())}.elements();
  };
  std::string text;
  for (const auto& [name, tensor] : columns) {
    const Type &type = tensor.type(), &first = columns[0].tensor.type();
    if (rows_of(type) != rows_of(first))
      return Error{.code = "E0616",
                   .message = fmt::format("the columns {} and {} have {} and {} rows",
                                          quote(columns[0].name), quote(name), rows_of(first),
                                          rows_of(type)),
                   .help = "a table has a row for each entry of the first axes"};
    for (std::int64_t i = 0; i < width_of(type); ++i)
      text +=
          (text.empty() ? "" : ",") + name + (type.shape.size() < 2 ? "" : "_" + std::to_string(i));
  }
  const std::int64_t rows = columns.empty() ? 0 : rows_of(columns[0].tensor.type());
  for (std::int64_t row = 0; row < rows; ++row) {
    std::string line;
    for (const auto& [name, tensor] : columns)
      for (std::int64_t i = 0, width = width_of(tensor.type()); i < width; ++i)
        line += (line.empty() ? "" : ",") + field_text(tensor, row * width + i);
    text += "\n" + line;
  }
  return text + "\n";
}

} // namespace nnc
