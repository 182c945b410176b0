// Tensors on the command line: `x=@x.npy`, `x=2x3xf32=1 2 3 4 5 6`, made up ones, and where
// results go.
#pragma once

#include "frontends/host/executor.h"

namespace nnc::cli {

/// `name=@FILE` (.npy) or `name=` and a literal. E0601, E0630, and the errors of readers.
Result<NamedTensor> parse_named_tensor(const std::string& text);
Result<std::vector<NamedTensor>> parse_named_tensors(const std::vector<std::string>& texts);

/// Values for an input that was not given: floats uniform in [-1, 1), others 0 or 1. They depend
/// on (seed, name, type) alone.
Result<Tensor> random_tensor(const std::string& name, const Type& type, std::uint32_t seed);

/// A file name for a value's name: bytes that a path gives a meaning become %XX.
std::string file_name(const std::string& name);
/// Creates a folder and those above it. E0122.
Status make_folder(const std::string& path);

} // namespace nnc::cli
