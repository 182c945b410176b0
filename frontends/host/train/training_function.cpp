#include "frontends/host/train/training_function.h"

#include "ir/messages.h"

#include <fmt/format.h>

namespace nnc {
namespace {

bool trains(const FunctionDoc& function) {
  return !function.local && (function.minimize || !function.update.empty());
}

} // namespace

Result<const FunctionDoc*> training_function(const Source& source, const std::string& asked) {
  if (!source.model())
    return Error{.code = "E0626",
                 .message = "training needs a model; a graph has no initial values",
                 .place = {source.path()},
                 .help = "`nnc opt --emit=json` writes a graph as a model"};
  const ModelDoc& doc = *source.model()->doc;
  std::vector<std::string> known;
  for (const FunctionDoc& function : doc.functions)
    if (trains(function)) known.push_back(function.name.text);
  const std::string name = !asked.empty()          ? asked
                           : doc.function("train") ? "train"
                           : known.size() == 1     ? known[0]
                                                   : std::string();
  const FunctionDoc* function = doc.function(name);
  if (function && trains(*function)) return function;
  const std::string all = fmt::format("{}", fmt::join(known, ", "));
  if (function)
    return Error{.code = "E0312",
                 .message = fmt::format("{} updates no params", quote(name)),
                 .place = doc.place(function->name.mark),
                 .help =
                     known.empty() ? "give it \"minimize\" and \"optimizer\"" : "-f NAME: " + all};
  std::string near = did_you_mean(name, known);
  return Error{.code = "E0312",
               .message = name.empty() ? "which function trains the model?"
                                       : fmt::format("there is no function {}", quote(name)),
               .place = {doc.file},
               .help = !near.empty() ? std::move(near)
                       : known.empty()
                           ? "declare one with \"minimize\" and \"optimizer\" (docs/training.md)"
                           : "-f NAME: " + all};
}

} // namespace nnc
