#include "frontends/host/sized_source.h"

#include "frontends/model/sizes.h"

namespace nnc {

OrErrors<Source> with_sizes(Source source,
                            std::span<const std::pair<std::string, std::int64_t>> sizes) {
  if (sizes.empty()) return OrErrors<Source>(std::move(source));
  std::vector<std::string_view> symbols;
  ModelDoc doc;
  if (const Model* model = source.model()) {
    doc = *model->doc;
    for (const auto& [symbol, mark] : model->symbols) symbols.push_back(symbol);
  }
  for (const auto& [symbol, value] : sizes) {
    if (Status error = check_size(symbols, symbol, value)) {
      error->place = {source.path()};
      return Errors{std::move(*error)};
    }
    set_size(doc, symbol, value);
  }
  return source.extended(std::move(doc));
}

} // namespace nnc
