#include "frontends/model/control_forms.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr std::array forms = {
    ControlForm{.name = "scan",
                .functions = {"body"},
                .values = {"init", "over", "with", "count"},
                .settings = {"length", "reverse", "checkpoint"},
                .usage = "scan(body=\"f\", init=[...], over=[...], with=[...], length, "
                         "reverse=false, checkpoint=false, count)"},
    ControlForm{.name = "while",
                .functions = {"body", "cond"},
                .values = {"init", "over", "with"},
                .settings = {"max_steps"},
                .usage = "while(cond=\"f\", body=\"g\", init=[...], with=[...], max_steps, "
                         "over=[...])"},
    ControlForm{.name = "cond",
                .branch = true,
                .functions = {"then", "else"},
                .values = {"pred"},
                .settings = {},
                .usage = "cond(pred, x, ..., then=\"f\", else=\"g\")"},
};

} // namespace

std::span<const ControlForm> control_forms() { return forms; }

const ControlForm* find_control_form(std::string_view name) {
  const auto* form = std::ranges::find(forms, name, &ControlForm::name);
  return form == forms.end() ? nullptr : form;
}

} // namespace nnc
