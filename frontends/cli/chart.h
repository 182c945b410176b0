// Losses as pictures: a few block characters on a line, or a file drawn by gnuplot.
#pragma once

#include "frontends/host/train/trainer.h"

namespace nnc::cli {

/// The last `width` values, eight heights from the least to the greatest of them.
std::string sparkline(std::span<const double> values, std::size_t width);

/// E0122 when a plot could not be drawn: gnuplot is missing, or `path` is neither .svg nor .png.
Status check_plot(const std::string& path);

/// Loss and validation loss by epoch, to `path` (.svg or .png). gnuplot is found on the PATH and
/// started without a shell. E0122 when it is missing or fails.
Status plot_training(const std::string& path, std::span<const EpochReport> epochs);

} // namespace nnc::cli
