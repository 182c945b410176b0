#include "train/blobs.h"

#include "runtime/files/atomic_write.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace nnc::train_test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "nnc-train-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, std::string_view text) const {
  const std::string path = *this / name;
  if (Status error = write_file(path, text)) throw std::runtime_error(error->message);
  return path;
}

std::string blobs_csv(int rows) {
  std::string text = "a,b,c,d,class\n";
  std::uint32_t noise = 12345;
  for (int i = 0; i < rows; ++i) {
    const int label = i % 3;
    for (int k = 0; k < 4; ++k) {
      noise = noise * 1664525 + 1013904223;
      const double jitter = (noise >> 8) * 0x1p-24 - 0.5;
      text += fmt::format("{:.5f},", std::cos(2.0 * label + k) + jitter);
    }
    text += fmt::format("{}\n", label);
  }
  return text;
}

std::string blobs_model(const std::string& optimizer, const std::string& more_functions) {
  return R"json({
  "nnc": 1, "name": "blobs", "sizes": { "N": 16, "hidden": 8 },
  "inputs": { "x": "f32[N,4]", "y": "i32[N]" },
  "params": { "w1": { "type": "f32[4,hidden]", "init": "glorot_uniform" },
              "b1": { "type": "f32[hidden]", "init": 0 },
              "w2": { "type": "f32[hidden,3]", "init": "glorot_uniform" } },
  "nodes": [ "h = tanh(linear(x, w1, b1))", "d = dropout(h, rate=0.1)", "logits = d @ w2",
             "loss = softmax_cross_entropy(logits, y)" ],
  "functions": {
    "predict": { "in": ["x"], "out": ["logits"] },
    )json" +
         more_functions +
         R"json("train": { "in": ["x", "y"], "out": ["loss"], "minimize": "loss",
               "optimizer": )json" +
         optimizer + " } } }\n";
}

Result<Trained> train_files(const std::string& model, const std::string& data, TrainOptions options,
                            int threads, std::int64_t steps, bool normalized) {
  auto session = Session::load(model, {.seed = options.seed, .threads = threads});
  if (!session) return session.error();
  const auto function = training_function(session->source(), options.function);
  if (!function) return function.error();
  auto rows = load_dataset(session->source(), **function, {.files = {data}});
  if (!rows) return rows.error();
  if (normalized)
    if (Status error = normalize(*rows, row_order(*rows, options).training())) return *error;
  TrainObserver observer;
  if (steps >= 0) observer.stop = [steps]() mutable { return steps-- == 0; };
  auto outcome = train(*session, **function, *rows, options, observer);
  if (!outcome) return outcome.error();
  return Trained{std::move(*outcome), std::move(*session)};
}

std::map<std::string, std::string> values_of(Session& session) {
  std::map<std::string, std::string> values;
  for (const Slot& slot : session.slots())
    values[slot.name] =
        std::string(reinterpret_cast<const char*>(slot.bytes.data()), slot.bytes.size());
  return values;
}

std::string file_text(const std::string& path) {
  auto text = read_text(path);
  return text ? *text : "cannot read: " + text.error().message;
}

std::string without_times(const std::string& log) {
  std::istringstream lines(log);
  std::string result;
  for (std::string line; std::getline(lines, line);)
    result += line.substr(0, line.rfind(',')) + "\n";
  return result;
}

} // namespace nnc::train_test
