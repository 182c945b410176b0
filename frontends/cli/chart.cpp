#include "frontends/cli/chart.h"

#include "ir/messages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace nnc::cli {
namespace {

Error plot_error(const std::string& path, std::string message) {
  return {.code = "E0122",
          .message = "cannot draw the plot: " + std::move(message),
          .place = {path},
          .help = "install gnuplot, or leave --plot out; --log keeps the numbers"};
}

/// A string of gnuplot's language; in single quotes only a quote is special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string script(const std::string& path, std::span<const EpochReport> epochs) {
  const bool validated = std::ranges::any_of(
      epochs, [](const EpochReport& report) { return report.valid_loss.has_value(); });
  std::string text = fmt::format(
      "set terminal {}\nset output {}\nset xlabel 'epoch'\nset ylabel 'loss'\nset grid\n"
      "set key top right\n",
      path.ends_with(".png") ? "pngcairo size 800,500" : "svg size 800,500", quoted(path));
  text += "plot '-' using 1:2 with linespoints pointsize 0.4 title 'training'";
  if (validated) text += ", '-' using 1:2 with linespoints pointsize 0.4 title 'validation'";
  text += "\n";
  for (const EpochReport& report : epochs)
    text += fmt::format("{} {}\n", report.epoch, report.loss);
  text += "e\n";
  if (!validated) return text;
  for (const EpochReport& report : epochs)
    if (report.valid_loss) text += fmt::format("{} {}\n", report.epoch, *report.valid_loss);
  return text + "e\n";
}

/// Runs gnuplot with `input` on its standard input; gives its exit status.
Result<int> run_gnuplot(const std::string& path, const std::string& input) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return plot_error(path, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], STDIN_FILENO);
  std::string name = "gnuplot";
  std::array<char*, 2> arguments = {name.data(), nullptr};
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, name.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[0]);
  if (failed != 0) {
    close(pipe_ends[1]);
    return plot_error(path, fmt::format("gnuplot: {}", std::strerror(failed)));
  }
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t at = 0; at < input.size();) {
    const ssize_t written = write(pipe_ends[1], input.data() + at, input.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    at += static_cast<std::size_t>(written);
  }
  close(pipe_ends[1]);
  std::signal(SIGPIPE, before);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

std::string sparkline(std::span<const double> values, std::size_t width) {
  constexpr std::array<const char*, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.size() > width) values = values.last(width);
  if (values.empty()) return {};
  const auto [least, greatest] = std::ranges::minmax(values);
  std::string text;
  for (const double value : values) {
    const double share = greatest > least ? (value - least) / (greatest - least) : 0;
    text += blocks[std::min<std::size_t>(static_cast<std::size_t>(share * 8), 7)];
  }
  return text;
}

Status check_plot(const std::string& path) {
  if (!path.ends_with(".svg") && !path.ends_with(".png"))
    return plot_error(path, "the name of the file ends neither in .svg nor in .png");
  const char* folders = std::getenv("PATH");
  std::string_view rest = folders ? folders : "/bin:/usr/bin";
  while (!rest.empty()) {
    const std::string folder(rest.substr(0, rest.find(':')));
    if (access((folder + "/gnuplot").c_str(), X_OK) == 0) return std::nullopt;
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  return plot_error(path, "there is no gnuplot");
}

Status plot_training(const std::string& path, std::span<const EpochReport> epochs) {
  if (Status error = check_plot(path)) return error;
  const auto status = run_gnuplot(path, script(path, epochs));
  if (!status) return status.error();
  if (*status != 0) return plot_error(path, "gnuplot failed");
  return std::nullopt;
}

} // namespace nnc::cli
