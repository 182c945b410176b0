// The parts of a source file that belong to the module rather than to its kernels: names, constants
// and what a host can ask for.
#pragma once

#include "compiler/aot/messages.h"
#include "compiler/target/source/library.h"
#include "compiler/target/source/text.h"

namespace nnc::source {

/// What kernels and variables must not be called: symbols of the module, functions of the file.
std::vector<std::string> module_names(const aot::Module& module, const Language& language);

/// What a source includes: `header` if that is a plain name of a file, else the module's.
std::string header_file(std::string_view header, const aot::Module& module,
                        std::string_view ending);

/// What the buffers of a program are called in its function. Of constants the file's names get
/// those, since they are tables of the file; it has to outlive the result.
struct BufferNames {
  std::vector<std::string> names; ///< "args->x" for the caller's; empty for those nobody uses
  aot::Names taken;               ///< those, inside of the file's
};
BufferNames name_buffers(const aot::Function& function, aot::Names& taken);

/// Tables of the constants of a program, called NAME and `suffix`.
std::string constants_text(const KernelProgram& program, const BufferNames& names,
                           std::string_view suffix = "");

/// The weights that the module embeds, values in its order: a table with a member for each, and
/// NAME_weights, which returns it. Empty where it embeds none.
std::string embedded_text(const aot::Module& module, std::span<const NamedTensor> values);
/// The beginning of a function that has embedded weights: `args` of its own, `given`, in which
/// `place(argument, "embedded.w")`, statements, puts an embedded value in place of NULL.
using PlaceEmbedded =
    std::function<void(const aot::Argument& argument, const std::string& value, Lines& lines)>;
void print_embedded(const aot::Module& module, const aot::Function& function,
                    const PlaceEmbedded& place, Lines& lines);

/// `check_arguments`: is one missing, or does one that is written overlap another?
std::string_view argument_check_text();
/// The beginning of a function: it returns the code of what is wrong with its arguments. `code` is
/// a variable of it. `between` stands before it looks at pointers.
void print_argument_checks(const aot::Function& function, aot::Codes codes,
                           std::int64_t workspace_bytes, std::string_view between, Lines& lines);

/// NAME_strerror, NAME_signature_json, NAME_abi_version and the sizes of workspaces. `below_zero`
/// explains `code` where that is no position in a list of messages.
std::string information_text(const aot::Module& module, const aot::Messages& messages,
                             std::span<const std::int64_t> workspace_bytes,
                             std::string_view below_zero = "");

} // namespace nnc::source
