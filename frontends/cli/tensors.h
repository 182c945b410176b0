// Tensors on the command line: `x=@x.npy`, `x=2x3xf32=1 2 3 4 5 6`, and where results go.
#pragma once

#include "frontends/host/source.h"

namespace nnc::cli {

/// `name=@FILE` (.npy) or `name=` and a literal. E0601, E0630, and the errors of readers.
Result<NamedTensor> parse_named_tensor(const std::string& text);
Result<std::vector<NamedTensor>> parse_named_tensors(const std::vector<std::string>& texts);

/// What --input gives to the inputs of a model. E0630 for a name that it does not have, E0615 for
/// another dtype unless `casts`, then it is converted; shapes are for the reader of the tensors.
Result<std::vector<NamedTensor>> read_inputs(const std::vector<std::string>& texts,
                                             const Source& source, bool casts);
/// As BuildOptions takes them.
std::vector<std::pair<std::string, Type>> types_of(std::span<const NamedTensor> tensors);

/// A file name for a value's name: bytes that a path gives a meaning become %XX.
std::string file_name(const std::string& name);
/// Creates a folder and those above it. E0122.
Status make_folder(const std::string& path);

} // namespace nnc::cli
