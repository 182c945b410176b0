// CSV files with every kind of header, with and without a column of labels.
#include "runtime/files/csv.h"
#include "fuzz.h"

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const CsvHeader header : {CsvHeader::detect, CsvHeader::present, CsvHeader::absent})
    for (const std::optional<int> label : {std::optional<int>(), std::optional<int>(-1)}) {
      const auto table =
          read_csv(fuzz::bytes(data, size), "fuzz.csv", {.header = header, .label_column = label});
      if (!table) continue;
      fuzz::require(table->labels.has_value() == label.has_value(), "labels as asked for");
      if (table->labels)
        fuzz::require(table->labels->type().shape[0] == table->features.type().shape[0],
                      "a label a row");
    }
  return 0;
}
