// Bad input is complained about early, completely and with what would be right.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

const std::string two_errors = R"json({ "nnc": 1, "sizes": { "N": 2 },
  "inputs": { "x": "f32[N]" },
  "params": { "w": { "type": "f32[]", "init": { "kind": "normal", "sdt": 1 } } },
  "nodes": [ "y = x * w", "l = sum(y)", "u = x + sum(q)" ],
  "functions": { "f": { "out": "y" },
    "t": { "out": "l", "minimize": "l", "optimizer": { "kind": "sgd", "lr": 1 } } } })json";

TEST(Complaints, EveryCommandChecksTheWholeModel) {
  const std::vector<std::vector<std::string>> lines = {
      {"run", "-", "-f", "f", "--random-inputs"},
      {"compile", "-", "-f", "f", "--emit=ir"},
      {"opt", "-", "-f", "f", "--stop-after=inline"},
      {"inspect", "-"},
      {"explain", "-", "y", "-f", "f"},
      {"check", "-", "-f", "f"},
      {"grad", "-", "--of", "l", "--wrt", "w"},
      {"bench", "-", "-f", "f", "--seconds", "0"},
      {"train", "-", "-f", "t", "--data", "none.csv"}};
  for (const auto& line : lines) {
    const Outcome wrong = nnc(line, two_errors);
    EXPECT_EQ(wrong.code, 1) << line[0];
    EXPECT_EQ(wrong.out, "") << line[0];
    const std::size_t first = wrong.err.find("<stdin>:3:67: error[E0204]: normal: unknown");
    const std::size_t second = wrong.err.find("<stdin>:4:54: error[E0301]: nothing is called 'q'");
    EXPECT_LT(first, second) << line[0] << "\n" << wrong.err;
    EXPECT_NE(second, std::string::npos) << line[0] << "\n" << wrong.err;
  }
}

/// --of and --wrt are names of the model: an expression or another name is refused, and once, and
/// it is said which option it stands in.
TEST(Complaints, DerivativesOfWhatIsNoValue) {
  const std::string model = R"json({ "nnc": 1, "params": { "w": { "type": "f32[2]", "init": 1 } },
  "nodes": [ "loss = sum(w*w)" ] })json";
  for (const std::string of : {"sum(w)", "los"}) {
    const Outcome wrong = nnc({"grad", "-", "--of", of, "--wrt", "w"}, model);
    EXPECT_EQ(wrong.code, 1) << of;
    const std::string said = "error[E0312]: --of '" + of + "': the model has no such value";
    const std::size_t at = wrong.err.find(said);
    EXPECT_NE(at, std::string::npos) << wrong.err;
    EXPECT_EQ(wrong.err.find("error[", at + 1), std::string::npos) << wrong.err;
  }
  const Outcome wrt = nnc({"grad", "-", "--of", "loss", "--wrt", "w,q"}, model);
  EXPECT_EQ(wrt.code, 1);
  EXPECT_EQ(wrt.err, "<stdin>: error[E0312]: --wrt 'q': the model has no such value\n"
                     "  help: the values are w loss\n");
}

TEST(Complaints, AFileOfTheModelThatIsMissing) {
  const Folder folder;
  write_text(folder / "weights.npy", "");
  write_text(folder / "m.json", R"({ "nnc": 1, "params": { "w": { "file": "wieghts.npy" } },
  "nodes": [ "y = w * 2" ], "functions": { "f": { "out": "y" } } })");
  const Outcome wrong = nnc({"inspect", folder / "m.json"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("m.json:1:40: error[E0120]: cannot read 'wieghts.npy': No such file or "
                           "directory\n"),
            std::string::npos)
      << wrong.err;
  EXPECT_NE(wrong.err.find("  help: did you mean 'weights.npy'?\n"), std::string::npos)
      << wrong.err;
}

TEST(Complaints, NumbersOfOptions) {
  struct Case {
    std::vector<std::string> line;
    std::string complaint, expected;
  };
  const Case cases[] = {
      {{"train", "m.json", "--data", "d.csv", "--batch", "0"},
       "train: '0' is no value of --batch",
       "a whole number, 1 to 1099511627776"},
      {{"train", "m.json", "--data", "d.csv", "--epochs", "-3"},
       "train: '-3' is no value of --epochs",
       "a whole number, 1 to 1099511627776"},
      {{"train", "m.json", "--data", "d.csv", "--validation", "nan"},
       "train: 'nan' is no value of --validation",
       "a number, 0 to 1"},
      {{"run", "churn.json", "--repeat", "many"},
       "run: 'many' is no value of --repeat",
       "a whole number, 1 to 1099511627776"},
      {{"run", "churn.json", "--seed", "99999999999999999999"},
       "run: '99999999999999999999' is no value of --seed",
       "a whole number, 0 to 4294967295"},
      {{"run", "churn.json", "--atol", "-1"},
       "run: '-1' is no value of --atol",
       "a number, 0 or more"},
      {{"run", "churn.json", "--threads", "1.5"},
       "run: '1.5' is no value of --threads",
       "a whole number, 1 to 1024"},
      {{"bench", "churn.json", "--seconds", "-1"},
       "bench: '-1' is no value of --seconds",
       "a number, 0 to 86400"},
      {{"grad", "churn.json", "--of", "loss", "--wrt", "w", "--order", "0"},
       "grad: '0' is no value of --order",
       "a whole number, 1 to 8"},
      {{"compile", "churn.json", "--max-memory", "9999999999G"},
       "compile: '9999999999G' is no value of --max-memory",
       "bytes, 1 or more: plain, or with K, M or G (2^10, 2^20, 2^30) behind, as in 512M"}};
  for (const Case& one : cases) {
    const Outcome wrong = nnc(one.line);
    EXPECT_EQ(wrong.code, 2);
    EXPECT_EQ(wrong.err, "nnc: " + one.complaint + "\n  help: it is " + one.expected + "\n");
  }
}

TEST(Complaints, MemoryInLargerUnits) {
  const std::vector<std::string> line = {"run", "gemm.json",       "-f",
                                         "f",   "--random-inputs", "--max-memory"};
  const auto with = [&](const std::string& bytes) {
    std::vector<std::string> words = line;
    words.push_back(bytes);
    return nnc(words);
  };
  EXPECT_EQ(with("64M").code, 0);
  const Outcome refused = with("100k");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("the limit is 102400 bytes (100.0 KB)"), std::string::npos)
      << refused.err;
}

TEST(Complaints, GnuplotIsLookedForBeforeTraining) {
  const Folder folder;
  write_text(folder / "m.json", two_errors);
  const Outcome none = run_program({"env", "PATH=" + folder.path(), NNC_BUILD "/nnc", "train",
                                    folder / "m.json", "--data", "none.csv", "--plot", "l.svg"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(
      none.err.starts_with("l.svg: error[E0122]: cannot draw the plot: there is no gnuplot"))
      << none.err;
  const Outcome ending = nnc({"train", "m.json", "--data", "none.csv", "--plot", "l.jpg"});
  EXPECT_NE(ending.err.find("neither in .svg nor in .png"), std::string::npos) << ending.err;
}

TEST(Complaints, ExpectedOutputsAreLookedAtBeforeTheRun) {
  const std::vector<std::string> line = {"run", "churn.json", "--random-inputs", "--expect"};
  for (const std::string expect : {"los=f32=1", "loss=@none.npy"}) {
    std::vector<std::string> words = line;
    words.push_back(expect);
    const Outcome wrong = nnc_on_churn(words);
    EXPECT_EQ(wrong.code, 1);
    EXPECT_EQ(wrong.out, "");
    // The line that repeats a run comes after it.
    EXPECT_EQ(wrong.err.find("repeat with"), std::string::npos) << wrong.err;
  }
}

TEST(Complaints, TheRepeatingLineIsWhole) {
  const Outcome run =
      nnc_on_churn({"run", "churn.json", "--random-inputs", "--backend=interpreter", "--threads",
                    "2", "--denormals=keep", "--size", "N=2", "--input", "y=2xf32=0 1"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.err,
            "repeat with: nnc run churn.json -f step --input 'y=2xf32=0 1' --random-inputs "
            "--size N=2 --seed 0 --backend interpreter --threads 2 --denormals keep\n");
}

TEST(Complaints, GraphsWithoutValuesSaySo) {
  const std::string text = nnc_on_churn({"opt", "churn.json", "--stop-after=inline"}).out;
  const Outcome run = nnc({"run", "-", "--random-inputs"}, text);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(run.err.starts_with("note: a graph as text has no initial values")) << run.err;
}

TEST(Complaints, NamesThatAreFarFromAll) {
  const Outcome input = nnc({"run", "table.json", "-f", "look", "--input", "zzz=f32=1"});
  EXPECT_NE(input.err.find("  help: the inputs are i v\n"), std::string::npos) << input.err;
  const Outcome data = nnc_on_churn(
      {"train", NNC_SOURCE "/examples/digits/digits_mlp.json", "--data", "churn.json"});
  EXPECT_NE(data.err.find("data are tables (.csv .tsv .txt), .npz, .npy, or IDX"),
            std::string::npos)
      << data.err;
}

TEST(Complaints, AnIndexThatWasComputedHasNoNameOfItsOwn) {
  const Outcome run = nnc({"run", "-", "-f", "y", "--input", "i=2xi32=1 2"},
                          R"json({ "nnc": 1, "inputs": { "i": "i32[2]" },
  "params": { "t": { "type": "f32[4]", "init": 0 } },
  "nodes": [ "j = squares(i)", "y = gather(t, j, axes=[0])" ],
  "functions": { "squares": { "inputs": { "k": "i32[2]" }, "out": "r",
                                "nodes": ["r = cumsum(k * k, axis=0)"] } } })json");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("error[E0621]: 'y': index 5 at [1] is outside 0..3"), std::string::npos)
      << run.err;
}

/// Compiled code only says which check failed; what is told is what the interpreter tells.
TEST(Complaints, AnIndexHasItsPlaceOnEveryBackEnd) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "i": "i32[2,2]" },
  "params": { "t": { "type": "f32[4]", "init": 0 } },
  "constants": { "k": { "type": "i32[2]", "value": [0, -1] } },
  "nodes": [ "y = gather(t, i, axes=[0])", "z = gather(t, k, axes=[0])" ] })json";
  for (const std::string backend : {"cpu", "interpreter", "c", "cuda-host"}) {
    const Outcome input =
        nnc({"run", "-", "-f", "y", "--input", "i=2x2xi32=0 1 9 2", "--backend", backend}, model);
    EXPECT_EQ(input.code, 1);
    EXPECT_EQ(
        input.err,
        "<stdin>:4:19: error[E0621]: 'y': index 9 at [1,0] of 'i' is outside 0..3\n"
        "    4 |   \"nodes\": [ \"y = gather(t, i, axes=[0])\", \"z = gather(t, k, axes=[0])\" "
        "] }\n"
        "      |                   ^^^^^^\n")
        << backend;
    const Outcome constant = nnc({"run", "-", "-f", "z", "--backend", backend}, model);
    EXPECT_TRUE(constant.err.starts_with(
        "<stdin>:4:49: error[E0621]: 'z': index -1 at [1] of 'k' is outside 0..3\n"))
        << backend << constant.err;
  }
}

/// It is no leaf: which buffer it is in depends on the back end.
TEST(Complaints, AnIndexThatIsAnOutputHasNoNameOnAnyBackEnd) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "x": "i32[2]" },
  "params": { "t": { "type": "f32[4]", "init": 0 } },
  "nodes": [ "i = x * x", "y = gather(t, i, axes=[0])" ],
  "functions": { "both": { "in": ["x"], "out": ["i", "y"] } } })json";
  for (const std::string backend : {"cpu", "interpreter", "c", "cuda-host"}) {
    const Outcome run =
        nnc({"run", "-", "-f", "both", "--input", "x=2xi32=1 3", "--backend", backend}, model);
    EXPECT_EQ(run.code, 1);
    // Outputs of a call that failed stay on the device.
    const std::string which = backend == "cuda-host" ? "an index" : "index 9 at [1]";
    EXPECT_TRUE(
        run.err.starts_with("<stdin>:3:32: error[E0621]: 'y': " + which + " is outside 0..3\n"))
        << backend << run.err;
  }
}

TEST(Complaints, CommandLinesThatMissTheirForm) {
  struct Case {
    std::vector<std::string> line;
    std::string complaint, help;
  };
  const std::string usage = "\n  usage: nnc run MODEL [OPTION]...\n  help: ";
  const Case cases[] = {
      {{"run"}, "MODEL is missing", "model file (.json or .nnir), - for standard input"},
      {{"run", "m.json", "--size"},
       "--size lacks its value",
       "write --size N=32: value of a size symbol"},
      {{"run", "m.json", "-f", "--print"},
       "-f lacks its value",
       "write -f NAME: a function, or any value of the model"},
      {{"run", "m.json", "--size="},
       "--size lacks its value",
       "write --size N=32: value of a size symbol"},
      {{"run", "m.json", "--print=yes"}, "--print takes no value", "write --print alone"},
      {{"run", "m.json", "--csv", "a", "--csv=b"}, "--csv is given twice", "it takes one value"},
      {{"run", "m.json", "n.json"}, "what is 'n.json'?", "`nnc run --help` lists its options"},
      {{"run", "m.json", "x=f32=1"}, "what is 'x=f32=1'?", "did you mean --input 'x=f32=1'?"},
      {{"run", "m.json", "-q"}, "no option '-q'", "`nnc run --help` lists its options"}};
  for (const Case& one : cases) {
    const Outcome wrong = nnc(one.line);
    EXPECT_EQ(wrong.code, 2);
    EXPECT_EQ(wrong.err, "nnc: run: " + one.complaint + usage + one.help + "\n");
  }
  EXPECT_NE(nnc({"--verison"}).err.find("did you mean '--version'?"), std::string::npos);
  const Outcome model = nnc({"churn.json"});
  EXPECT_EQ(model.code, 2);
  EXPECT_EQ(model.err, "nnc: no command 'churn.json'\n  usage: nnc COMMAND [OPTION]...\n"
                       "  help: did you mean nnc run churn.json?\n");
}

TEST(Complaints, ACpuWhereThereIsNoMachineCode) {
  for (const std::string emit : {"c", "cuda", "c,cuda"}) {
    const Outcome wrong =
        nnc_on_churn({"compile", "churn.json", "--emit", emit, "--cpu", "haswell"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_EQ(wrong.err, "nnc: compile: --cpu is for machine code: obj, lib, llvm and asm\n"
                         "  help: c and cuda are for any machine; their compiler is told which\n");
  }
  for (const std::string backend : {"interpreter", "c", "cuda-host"}) {
    const Outcome wrong =
        nnc_on_churn({"run", "churn.json", "--random-inputs", "--backend", backend, "--cpu", "x"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_EQ(wrong.err, "nnc: run: --cpu is for --backend=cpu\n  help: " + backend +
                             " compiles for no CPU: leave --cpu out\n");
  }
}

TEST(Complaints, BinaryOutputGoesToStandardOutputAlone) {
  const Outcome both = nnc_on_churn({"compile", "churn.json", "--emit=cuda,obj", "-o", "-"});
  EXPECT_EQ(both.code, 2);
  EXPECT_EQ(both.err, "nnc: compile: obj is binary, so it goes to standard output alone\n"
                      "  help: give a folder for several kinds: -o DIR/\n");
}

TEST(Complaints, CompilersAndFoldersThatAreMissing) {
  const Folder folder;
  const auto with = [&](const std::string& variable, std::vector<std::string> words) {
    words.insert(words.begin(), {"env", variable, NNC_BUILD "/nnc"});
    return run_program(words, {}, NNC_SOURCE "/examples");
  };
  const std::vector<std::string> on_device = {"run",
                                              NNC_TESTS "/cli/models/smooth.json",
                                              "-f",
                                              "loss",
                                              "--random-inputs",
                                              "--backend=cuda-host"};
  const std::vector<std::string> library = {"compile", NNC_TESTS "/cli/models/smooth.json",
                                            "--emit=lib", "-o", folder / "m.so"};
  write_text(folder / "m.so", "old");
  for (const auto& line : {on_device, library}) {
    const Outcome compiler = with("PATH=" + folder.path(), line);
    EXPECT_EQ(compiler.code, 1);
    EXPECT_TRUE(compiler.err.starts_with("error[E0504]: cannot ")) << compiler.err;
    EXPECT_NE(compiler.err.find(": No such file or directory\n  help: "), std::string::npos)
        << compiler.err;
    EXPECT_EQ(line_count(compiler.err), 2) << compiler.err;
    const Outcome temporary = with("TMPDIR=" + (folder / "none"), line);
    EXPECT_EQ(temporary.code, 1);
    EXPECT_EQ(
        temporary.err,
        "error[E0122]: cannot create a folder for temporary files: No such file or directory\n"
        "  help: TMPDIR names where they go; without it that is /tmp\n");
  }
  EXPECT_EQ(file_text(folder / "m.so"), "old");
}

TEST(Complaints, FilesThatAreNoModels) {
  const std::string help = "  help: a model is JSON, or text that begins with func or program\n";
  const Outcome empty = nnc({"run", "/dev/null"});
  EXPECT_EQ(empty.code, 1);
  EXPECT_EQ(empty.err, "/dev/null: error[E0130]: there is no model in it: it is empty\n" + help);
  const Outcome binary = nnc({"run", NNC_TESTS "/data/f4.npy"});
  EXPECT_EQ(binary.code, 1);
  EXPECT_EQ(binary.err, NNC_TESTS "/data/f4.npy: error[E0130]: this is no model: neither JSON nor "
                                  "the text of a graph or of kernels\n" +
                            help);
}

TEST(Complaints, MarksOfDirectionAreEscapedInTexts) {
  const std::string model = R"json({ "nnc": 1, "name": "a\u202eb", "inputs": { "x": "f32[2]" },
  "nodes": [ "z = x + \u202e" ] })json";
  const Outcome wrong = nnc({"inspect", "-"}, model);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(wrong.err.find("\u202e"), std::string::npos) << wrong.err;
  EXPECT_NE(wrong.err.find("\\u202e"), std::string::npos) << wrong.err;
  const std::string fine = R"json({ "nnc": 1, "name": "a)json"
                           "\u202e"
                           R"json(b",
  "inputs": { "x": "f32[2]" }, "nodes": [ "z = x + 1" ] })json";
  EXPECT_TRUE(nnc({"inspect", "-"}, fine).out.starts_with("model a\\u202eb, 1 node"));
}

TEST(Complaints, MemoryIsNamedWithThePlaceOfTheLargest) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "x": "f32[1000]" },
  "nodes": [ "y = x * 2" ] })json";
  for (const std::string command : {"run", "bench", "compile"}) {
    std::vector<std::string> line = {command, "-", "-f", "y", "--max-memory", "1000"};
    if (command == "run") line.push_back("--random-inputs");
    if (command == "compile") line.push_back("--emit=kernels");
    const Outcome wrong = nnc(line, model);
    EXPECT_EQ(wrong.code, 1);
    EXPECT_TRUE(wrong.err.starts_with("<stdin>:1:25: error[E0501]: 'y' needs ")) << wrong.err;
  }
}

TEST(Complaints, ListsOfFunctionsAndOfNumbersAreNotWrittenSo) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "x": "f32[2]" },
  "nodes": [ "y = x * 2", "z = x + 1" ] })json";
  const Outcome both = nnc({"opt", "-", "-f", "y,z"}, model);
  EXPECT_NE(both.err.find("help: each has a -f of its own: -f f -f g"), std::string::npos)
      << both.err;
  const Outcome numbers = nnc({"opt", "-"}, R"json({ "nnc": 1, "inputs": { "x": "f32[2]" },
  "nodes": [ "y = x * [1, 2]" ] })json");
  EXPECT_NE(numbers.err.find("help: a tensor of numbers has a name: it stands under \"constants\""),
            std::string::npos)
      << numbers.err;
}

TEST(Complaints, NamesThatNncLacksAreWrongOnTheCommandLine) {
  EXPECT_EQ(nnc({"explain", "E9999"}).code, 2);
  EXPECT_NE(nnc({"explain", "E02"}).err.find("no error code 'E02'"), std::string::npos);
  EXPECT_EQ(nnc({"ops", "conw"}).code, 2);
}

} // namespace
} // namespace nnc::cli_test
