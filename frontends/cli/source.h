// What the command line says about models: sizes and lists.
#pragma once

#include "frontends/cli/console.h"
#include "frontends/host/source.h"

namespace nnc::cli {

/// "N=32" from `--size`; E0109 names what is wrong.
Result<std::vector<std::pair<std::string, std::int64_t>>>
parse_sizes(const std::vector<std::string>& texts);
/// "a,b,c"; empty parts are left out.
std::vector<std::string> split_list(std::string_view text);

} // namespace nnc::cli
