// nnc ops: what models may call and name, from its own rows.

#include "frontends/cli/catalogue.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/layout.h"
#include "ir/messages.h"

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string name;
  bool json = false, markdown = false;
};

/// E0303 with the nearest of all names and headings.
Error unknown(std::span<const Entry> all, const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : all) {
    known.push_back(entry.name);
    known.push_back(entry.kind);
  }
  std::string help = did_you_mean(name, known);
  return {.code = "E0303",
          .message = "there is no operation " + quote(name),
          .help = help.empty() ? "`nnc ops` lists all names" : help};
}

int ops(const Settings& settings) {
  std::vector<Entry> all = catalogue(settings.ops(), nn::standard_functions());
  const auto is_kind = [&](const Entry& entry) { return entry.kind == settings.name; };
  const auto is_name = [&](const Entry& entry) { return entry.name == settings.name; };
  const bool one = std::ranges::any_of(all, is_name);
  if (!settings.name.empty()) {
    if (!one && std::ranges::none_of(all, is_kind)) {
      const Error error = unknown(all, settings.name);
      return usage_error("ops: " + error.message, error.help);
    }
    std::erase_if(all, [&](const Entry& entry) { return one ? !is_name(entry) : !is_kind(entry); });
  }
  if (settings.json)
    print(json_text(all));
  else if (settings.markdown)
    print(markdown_text(all));
  else if (!one)
    print(list_text(all, output_columns()));
  else
    for (const Entry& entry : all)
      print((&entry == &all[0] ? "" : "\n") + page_text(entry, output_columns()));
  return exit_ok;
}

} // namespace

Command ops_command(MakeOps rows) {
  auto s = std::make_shared<Settings>();
  s->ops = rows;
  return {.name = "ops",
          .summary = "list operations, functions, optimizers, initializers",
          .examples = {"nnc ops             # all of them, by kind",
                       "nnc ops conv        # one of them", "nnc ops optimizer   # one kind"},
          .options = {{"NAME", "", "one of them, or a heading of the list", &s->name},
                      {"--json", "", "as JSON", &s->json},
                      {"--markdown", "", "the page docs/functions.md", &s->markdown}},
          .run = [s] { return ops(*s); }};
}

} // namespace nnc::cli
