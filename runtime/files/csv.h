// Tables of numbers as text: one row per line, the same number of fields in each.
//
// A field may stand in double quotes (a quote inside is doubled; a line break inside is refused);
// spaces around it do not count. Lines end in LF or CR LF; empty lines at the end do not count. A
// mark of UTF-8 at the beginning is skipped. An empty field is an error, `nan` is a value.
#pragma once

#include "runtime/files/file.h"
#include "runtime/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// Whether the first line names the columns. `detect`: it does when none of its fields is a number;
/// a line of numbers and other text is an error that asks.
enum class CsvHeader { detect, present, absent };

struct CsvOptions {
  char delimiter = ',';
  CsvHeader header = CsvHeader::detect;
  std::optional<int> label_column = {}; ///< from 0, or from the end: -1 is the last
  DType dtype = DType::f32;             ///< of the features
  DType label_dtype = DType::i32;
};

struct CsvTable {
  std::vector<std::string> names; ///< of all columns; empty without a header line
  Tensor features;                ///< [rows, columns], without the label column
  std::optional<Tensor> labels;   ///< [rows], when there is a label column
};

/// E0613 with line and column of the fault; E0602 when there is no memory.
Result<CsvTable> read_csv(std::span<const std::byte> bytes, std::string_view name,
                          const CsvOptions& options = {});

Result<CsvTable> load_csv(const std::string& path, const CsvOptions& options = {},
                          const FileLimits& limits = {});

/// Tensors side by side under a line of names, one row for each entry of their first axes (one for
/// scalars): "x" is the column of a vector, "x_0", "x_1", ... those of whatever has more axes.
/// Numbers read back to the same bits; true and false are 1 and 0. E0616 where rows differ.
Result<std::string> write_csv(std::span<const NamedTensor> columns);

} // namespace nnc
