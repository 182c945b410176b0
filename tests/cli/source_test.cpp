// Sources by the command: where they go, what does not go together, and that they run.
#include "places.h"
#include "testing/process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <sstream>

namespace nnc::cli_test {
namespace {

TEST(Sources, StandBesideTheObjectAndShareItsHeader) {
  const Folder folder;
  const Outcome made =
      nnc_on_churn({"compile", "churn.json", "--emit=obj,c,cuda", "-o", folder.path() + "/"});
  ASSERT_EQ(made.code, 0) << made.err;
  for (const char* file : {"churn.o", "churn.c", "churn.h", "churn.cu", "churn.cuda.h"})
    EXPECT_NE(file_text(folder / file), "") << file;
  const Folder alone;
  ASSERT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", alone / "churn.c"}).code, 0);
  const Outcome compiled =
      run_program({"gcc", "-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Wpedantic",
                   "-Werror", "-c", alone / "churn.c", "-o", alone / "c.o"});
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  const Outcome undefined = run_program({"nm", "-u", alone / "c.o"});
  EXPECT_EQ(undefined.out, "") << "it needs nothing else";
}

TEST(Sources, IncludeTheHeaderThatIsWritten) {
  const Folder folder;
  for (const char* name : {"xor", "a-b"}) {
    const std::string source = folder / (std::string(name) + ".c");
    ASSERT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", source}).code, 0);
    const Outcome compiled = run_program({"gcc", "-std=c99", "-fsyntax-only", source});
    EXPECT_EQ(compiled.code, 0) << compiled.err;
  }
}

TEST(Sources, GoToStandardOutputByThemselves) {
  const Outcome printed = nnc_on_churn({"compile", "churn.json", "--emit=c"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_NE(printed.out.find("int churn_step(const churn_step_args *args"), std::string::npos);
  EXPECT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", "-"}).out, printed.out);
}

constexpr const char* caller_of_embedded = R"(#include "digits_mlp.h"
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  float x[64], logits[10];
  for (int i = 0; i < 64; ++i) x[i] = (float)(i % 17);
  const float *w1 = (const float *)((const char *)digits_mlp_weights() + digits_mlp_offset_w1);
  void *workspace = malloc(digits_mlp_predict_workspace_size());
  for (int given = 0; given < 2; ++given) {
    const digits_mlp_predict_args args = {.x = x, .w1 = given ? w1 : NULL, .logits = logits};
    const int code = digits_mlp_predict(&args, workspace, digits_mlp_predict_workspace_size());
    if (code) puts(digits_mlp_strerror(code));
    for (int i = 0; i < 10; ++i) printf("%a ", logits[i]);
    puts("");
  }
  return 0;
})";

constexpr const char* caller_of_embedded_on_device = R"(#include "digits_mlp.cuda.h"
#include <cstdio>
#include <cuda_runtime.h>
int main() {
  float x[64], logits[10];
  for (int i = 0; i < 64; ++i) x[i] = (float)(i % 17);
  void *on_device[4];
  const std::size_t bytes[] = {sizeof x, sizeof logits, digits_mlp_predict_workspace_size(),
                               (std::size_t)digits_mlp_weights_size};
  for (int i = 0; i < 4; ++i)
    if (cudaMalloc(&on_device[i], bytes[i]) != cudaSuccess) return 1;
  cudaMemcpy(on_device[0], x, bytes[0], cudaMemcpyHostToDevice);
  cudaMemcpy(on_device[3], digits_mlp_weights(), bytes[3], cudaMemcpyHostToDevice);
  for (int given = 0; given < 2; ++given) {
    digits_mlp_predict_args args = {};
    args.x = (float *)on_device[0];
    args.logits = (float *)on_device[1];
    if (given) args.w1 = (const float *)((const char *)on_device[3] + digits_mlp_offset_w1);
    const int code = digits_mlp_predict(&args, on_device[2], bytes[2], nullptr);
    if (code) std::puts(digits_mlp_strerror(code));
    cudaMemcpy(logits, on_device[1], bytes[1], cudaMemcpyDeviceToHost);
    for (int i = 0; i < 10; ++i) std::printf("%a ", logits[i]);
    std::puts("");
  }
  return 0;
})";

/// Compiles a CUDA source with a program around it for the emulated device.
Outcome build_for_emulated_device(const Folder& folder, const std::string& program,
                                  const std::string& source, const std::string& to) {
  return run_program({"c++", "-x", "c++", "-std=c++17", "-O1", "-ffp-contract=off", "-isystem",
                      NNC_SOURCE "/runtime/cuda_host", "-I", folder.path(), program, source, "-x",
                      "none", NNC_BUILD "/libnnc_cuda_host.a", "-o", to});
}

/// What the callers print, of weights that are embedded and then of one that is given as well.
std::vector<double> logits_of(const std::string& program) {
  const Outcome ran = run_program({program});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const std::size_t half = ran.out.find('\n') + 1;
  EXPECT_EQ(ran.out.substr(0, half), ran.out.substr(half)) << program;
  std::vector<double> logits;
  std::istringstream numbers(ran.out.substr(0, half));
  for (std::string number; numbers >> number;) logits.push_back(std::stod(number));
  EXPECT_EQ(logits.size(), 10u) << ran.out;
  return logits;
}

// The object and the sources find the same weights, given or not.
TEST(Sources, EmbedParamsAsTheObjectDoes) {
  const Folder folder;
  const std::string program = folder / "main";
  write_text(folder / "main.c", caller_of_embedded);
  write_text(folder / "main.cu", caller_of_embedded_on_device);
  std::vector<double> want;
  for (const auto& [kind, file] :
       {std::pair("obj", "digits_mlp.o"), {"c", "digits_mlp.c"}, {"cuda", "digits_mlp.cu"}}) {
    SCOPED_TRACE(kind);
    const Outcome made =
        nnc({"compile", NNC_SOURCE "/examples/digits/digits_mlp.json", "-f", "predict",
             "--emit=" + std::string(kind), "--embed", "--seed", "3", "-o", folder.path() + "/"});
    ASSERT_EQ(made.code, 0) << made.err;
    const Outcome built =
        kind == std::string_view("cuda")
            ? build_for_emulated_device(folder, folder / "main.cu", folder / file, program)
            : run_program({"gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-overlength-strings",
                           folder / "main.c", folder / file, "-o", program});
    ASSERT_EQ(built.code, 0) << built.err;
    const std::vector<double> got = logits_of(program);
    if (want.empty()) want = got;
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], want[i], 1e-5) << i; // sums in another order
  }
}

TEST(Sources, WriteParamsBesideThem) {
  const Folder folder;
  const std::string weights = folder / "w.safetensors";
  const std::string model = NNC_SOURCE "/examples/digits/digits_mlp.json";
  ASSERT_EQ(nnc({"run", model, "-f", "predict", "--random-inputs", "--save-params", weights}).code,
            0);
  std::vector<std::string> bytes;
  for (const char* kind : {"obj", "c", "cuda"}) {
    const Folder own;
    const Outcome made = nnc({"compile", model, "-f", "predict", "--emit=" + std::string(kind),
                              "--params", weights, "-o", own.path() + "/"});
    ASSERT_EQ(made.code, 0) << made.err;
    bytes.push_back(file_text(own / "digits_mlp.weights"));
  }
  EXPECT_NE(bytes[0], "");
  EXPECT_EQ(bytes[1], bytes[0]);
  EXPECT_EQ(bytes[2], bytes[0]);
}

TEST(Sources, AreWithinTheMemoryThatIsAllowed) {
  const Outcome wrong =
      nnc_on_churn({"compile", "churn.json", "--emit=cuda", "--max-memory", "1000"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0501]"), std::string::npos) << wrong.err;
}

// Each kernel of the plan is one launch; what else is launched looks at indices.
TEST(Sources, LaunchADigitsStepAsOftenAsTheCpuCallsKernels) {
  const std::string model = NNC_SOURCE "/examples/digits/digits_mlp.json";
  const Outcome source = nnc({"compile", model, "-f", "train", "--emit=cuda", "-o", "-"});
  const Outcome kernels = nnc({"compile", model, "-f", "train", "--emit=kernels", "-o", "-"});
  ASSERT_EQ(source.code + kernels.code, 0) << source.err << kernels.err;
  const auto lines_with = [](const std::string& text, const std::string& begin) {
    std::string found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(begin)) found += line + "\n";
    return found;
  };
  const std::string launches = lines_with(source.out, "  launch(error, train_");
  expect_golden(NNC_TESTS "/cli/digits_launches.txt", lines_with(source.out, "  launch(error, "));
  EXPECT_LE(line_count(launches), line_count(lines_with(kernels.out, "  kernel ")));
}

TEST(Sources, RunOnTheEmulatedDevice) {
  const Folder folder;
  const std::vector<std::string> run = {"run", "churn.json", "--random-inputs", "--seed", "7"};
  std::vector<std::string> on_cpu = run, on_device = run;
  on_cpu.insert(on_cpu.end(), {"--output-dir", folder.path()});
  ASSERT_EQ(nnc_on_churn(on_cpu).code, 0);
  on_device.push_back("--backend=cuda-host");
  for (const char* name : {"loss", "gw", "gb"})
    on_device.insert(on_device.end(),
                     {"--expect", std::string(name) + "=@" + folder.path() + "/" + name + ".npy"});
  const Outcome same = nnc_on_churn(on_device);
  EXPECT_EQ(same.code, 0) << same.err;
}

// Nothing of the folder that it was built in is needed.
TEST(Sources, RunOnTheEmulatedDeviceWhereverTheProgramIs) {
  const Folder folder;
  const std::string moved = folder / "moved";
  std::filesystem::copy_file(NNC_BUILD "/nnc", moved);
  EXPECT_EQ(file_text(moved).find(NNC_BUILD "/libnnc_cuda_host.a"), std::string::npos);
  EXPECT_EQ(file_text(moved).find(NNC_SOURCE "/runtime/cuda_host"), std::string::npos);
  const Outcome ran = run_program({moved, "run", NNC_SOURCE "/examples/churn/churn.json",
                                   "--random-inputs", "--backend=cuda-host"});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

/// What examples/cuda/README.md says that builds and runs a training.
std::vector<std::string> commands_of_examples() {
  std::vector<std::string> commands;
  std::istringstream lines(file_text(NNC_SOURCE "/examples/cuda/README.md"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("nnc compile ")) commands.push_back(line);
  return commands;
}

TEST(Sources, OfExamplesAreTakenByNvcc) {
  if (!has_program("nvcc")) GTEST_SKIP() << "no nvcc on this machine";
  const Folder folder;
  const std::string copy = folder / "cuda";
  std::filesystem::copy(NNC_SOURCE "/examples/cuda", copy);
  for (const char* models : {"digits", "deep"})
    std::filesystem::copy(NNC_SOURCE "/examples/" + std::string(models), folder / models,
                          std::filesystem::copy_options::recursive);
  const std::vector<std::string> commands = commands_of_examples();
  ASSERT_EQ(commands.size(), 2u);
  for (const std::string& command : commands) {
    const Outcome built =
        run_program({"sh", "-c", "PATH=" NNC_BUILD ":$PATH; " + command}, {}, copy);
    EXPECT_EQ(built.code, 0) << command << built.err;
    EXPECT_EQ(built.err, "") << command;
  }
}

// The program of an example with the emulated device in place of a GPU.
TEST(Sources, OfAnExampleTrainOnTheEmulatedDevice) {
  const Folder folder;
  const std::string example = NNC_SOURCE "/examples/cuda";
  const Outcome made = nnc({"compile", NNC_SOURCE "/examples/digits/digits_mlp.json", "-f", "train",
                            "--emit=cuda", "--embed", "-o", folder.path() + "/"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Outcome built = build_for_emulated_device(folder, example + "/train_mlp.cu",
                                                  folder / "digits_mlp.cu", folder / "train");
  ASSERT_EQ(built.code, 0) << built.err;
  const Outcome ran = run_program({folder / "train", NNC_SOURCE "/examples/data/digits.csv", "3"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  double first = 0, last = 0;
  ASSERT_EQ(std::sscanf(ran.out.c_str(), "epoch 1 loss %lf", &first), 1) << ran.out;
  ASSERT_EQ(std::sscanf(ran.out.c_str() + ran.out.find("epoch 3"), "epoch 3 loss %lf", &last), 1);
  EXPECT_LT(last, first / 2) << ran.out;
}

// Two steps, of which the second one sees what the first one made of params and state.
TEST(Sources, OfExamplesStepAsTheInterpreterDoes) {
  const Folder folder;
  for (const auto& [model, loss] : {std::pair("digits/digits_mlp.json", "loss"),
                                    {"deep/digits_cnn/digits_cnn.json", "loss_moved"}}) {
    const std::vector<std::string> run = {"run",
                                          NNC_SOURCE "/examples/" + std::string(model),
                                          "-f",
                                          "train",
                                          "--random-inputs",
                                          "--repeat",
                                          "2"};
    std::vector<std::string> want = run, got = run;
    want.insert(want.end(), {"--backend=interpreter", "--output-dir", folder.path()});
    ASSERT_EQ(nnc(want).code, 0) << model;
    got.insert(got.end(), {"--backend=cuda-host", "--expect",
                           fmt::format("{0}=@{1}/{0}.npy", loss, folder.path())});
    const Outcome same = nnc(got);
    EXPECT_EQ(same.code, 0) << model << same.err;
  }
}

TEST(Sources, SayInOneLineWhatTheEmulatedDeviceLacks) {
  const std::vector<std::string> words = {NNC_BUILD "/nnc", "run",
                                          NNC_SOURCE "/examples/churn/churn.json",
                                          "--random-inputs", "--backend=cuda-host"};
  const auto with = [&](const std::string& setting) {
    std::vector<std::string> all = {"/usr/bin/env", setting};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all);
  };
  const Outcome folder = with("TMPDIR=/nowhere");
  EXPECT_EQ(folder.code, 1);
  EXPECT_NE(folder.err.find("error[E0122]: cannot create a folder for temporary files: No such"),
            std::string::npos)
      << folder.err;
  const Outcome locked = with("TMPDIR=/proc");
  EXPECT_EQ(locked.code, 1);
  EXPECT_NE(locked.err.find("error[E0122]: cannot create a folder for temporary files in '/proc'"),
            std::string::npos)
      << locked.err;
  const Outcome compiler = with("PATH=/nowhere");
  EXPECT_EQ(compiler.code, 1);
  EXPECT_NE(compiler.err.find("error[E0504]: cannot compile CUDA for the emulated device: c++: No"),
            std::string::npos)
      << compiler.err;
}

TEST(Sources, CheckIndicesOnTheEmulatedDevice) {
  const Outcome wrong = nnc({"run", "table.json", "-f", "look", "--backend=cuda-host", "--input",
                             "i=2xi32=3 9", "--input", "v=2x3xf32=1 2 3 4 5 6"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0621]"), std::string::npos) << wrong.err;
}

} // namespace
} // namespace nnc::cli_test
