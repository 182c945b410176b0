#include "frontends/model/control_forms.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr std::string_view carried = "what is carried from step to step, at first";
constexpr std::string_view gone_over = "operands of which a step gets one slice of axis 0";
constexpr std::string_view passed_on = "operands that are the same in every step";

constexpr std::array forms = {
    ControlForm{.name = "scan",
                .functions = {"body"},
                .values = {"init", "over", "with", "count"},
                .value_docs = {carried, gone_over, passed_on,
                               "an i64[], ends it after so many steps, at most `length`"},
                .settings = {"length", "reverse", "checkpoint"},
                .usage = "scan(body=\"f\", init=[...], over=[...], with=[...], length, "
                         "reverse=false, checkpoint=false, count)"},
    ControlForm{.name = "while",
                .functions = {"body", "cond"},
                .values = {"init", "over", "with"},
                .value_docs = {carried, gone_over, passed_on},
                .settings = {"max_steps"},
                .usage = "while(cond=\"f\", body=\"g\", init=[...], with=[...], max_steps, "
                         "over=[...])"},
    ControlForm{.name = "cond",
                .branch = true,
                .functions = {"then", "else"},
                .values = {"pred"},
                .value_docs = {"bool[], which of the two runs"},
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
