#include "ir/error_codes.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::array rows = {
    ErrorCode{"E0101", "not JSON",
              "The text breaks the rules of JSON: a comma too many, a missing quote, a bare word. "
              "Comments are allowed, commas before a closing bracket are not.",
              "Correct it at the place shown; what stands just before it is the usual cause."},
    ErrorCode{"E0102", "not UTF-8",
              "Model files are UTF-8; this one has bytes that are not, or is UTF-16.",
              "Save the file as UTF-8."},
    ErrorCode{"E0103", "a model beyond the limits",
              "A model has at most 256 MiB, 64 levels of nesting, 10,000,000 nodes with its calls "
              "expanded, 100,000 bodies of called functions and 4,096 elements in a value that is "
              "written out.",
              "Keep large constants in a .safetensors or .npy file beside the model."},
    ErrorCode{"E0104", "a key given twice",
              "An object has the same key twice; which one counts would be a guess.",
              "Remove or rename one of them."},
    ErrorCode{"E0105", "a key that is not known",
              "The object has a key that the format does not have. Keys of your own begin with x-.",
              "Use the key that is suggested, or one of the model format's (docs/model.md)."},
    ErrorCode{"E0106", "a key is missing", "Something that the format needs is not there.",
              "Add the key that the message names; docs/model.md shows each object in full."},
    ErrorCode{"E0107", "a value of the wrong kind",
              "A string stands where a list is needed, or the like.",
              "Write the kind of value that the message names."},
    ErrorCode{"E0108", "not a name",
              "Names have 1 to 255 letters, digits and _ . / -, and begin with a letter or _.",
              "Choose another name."},
    ErrorCode{"E0109", "not a size",
              "A size is a whole number from 0 to 2^40 in plain digits, or a size symbol.",
              "Write it in plain digits; nothing is rounded and nothing wraps around."},
    ErrorCode{"E0110", "an expression that cannot be read",
              "The expression breaks the rules at the place shown.",
              "Write it like Python: y = tanh(x@w + b), s = sum(x, axes=[1]), z = x[2:5, 0]."},
    ErrorCode{"E0111", "an unknown version of the model format",
              "The key nnc says for which version of the format the model was written.",
              "Write \"nnc\": 1, or use a newer nnc."},
    ErrorCode{"E0120", "a file cannot be read",
              "The file is missing, may not be read, is a folder, or is larger than the limit.",
              "Check the path and its permissions; a large file needs a larger --max-memory."},
    ErrorCode{"E0121", "a model names a file outside its folder",
              "The path is absolute, has '..' in it, passes through a symbolic link, or leads to "
              "something other than a plain file with one name.",
              "Copy the file into the model's folder and name it relative to that."},
    ErrorCode{"E0122", "a file cannot be written",
              "The folder is missing or may not be written, or the disk is full. A file that was "
              "there before is unchanged.",
              "Check the folder, its permissions and the free space."},
    ErrorCode{"E0130", "a text that cannot be read",
              "The text of a graph (.nnir) or of kernels breaks the grammar at the place shown.",
              "docs/text-ir.md has the grammar; `nnc opt MODEL` prints examples of both texts."},
    ErrorCode{"E0201", "not a type",
              "A type is a dtype followed by sizes in brackets; this text is something else.",
              "Write it like f32[32,784]; a scalar is f32[]. The dtypes are f64 f32 f16 bf16 i64 "
              "i32 u32 i8 u8 bool."},
    ErrorCode{"E0202", "a tensor that is too large",
              "A size is outside 0..2^40, the rank is above 16, or the tensor has more than 2^62 "
              "bytes.",
              "Check the sizes for a slip; compute in pieces what really is that large."},
    ErrorCode{"E0203", "operand types do not fit the operation",
              "The operation needs other ranks, sizes or dtypes than those of its operands.",
              "Compare the types in the message; reshape, transpose, broadcast or cast one side."},
    ErrorCode{"E0204", "an attribute is wrong",
              "An attribute is missing, unknown, of the wrong kind or outside its range.",
              "`nnc ops NAME` lists the attributes of an operation with their kinds and defaults."},
    ErrorCode{"E0301", "an unknown name",
              "No input, param, state, constant or node has this name; or it is not visible here: "
              "a local function sees its inputs and the model's params, state and constants.",
              "Correct the name, or define it."},
    ErrorCode{
        "E0302", "state where there is none",
        "A function sets state or draws random numbers where no state is at hand: the operand "
        "is not declared under `state`, or it is set twice.",
        "Declare the operand under `state` in the model file and set it in one place."},
    ErrorCode{"E0303", "no such operation", "Neither a function nor an operation has this name.",
              "`nnc ops` lists the names; a function of the model must be called by its own."},
    ErrorCode{"E0304", "a value depends on itself",
              "Nodes may stand in any order, but each must be computable before it is used.",
              "Break the cycle that the message shows; what carries over from call to call is "
              "state."},
    ErrorCode{"E0305", "a name defined twice",
              "Each name of a model stands for one value, and a local function may not have the "
              "name of an operation.",
              "Rename one of the two."},
    ErrorCode{"E0306", "sizes that contradict each other",
              "An input that was given does not have the type that the model declares, or two "
              "places give one size symbol two values.",
              "Give inputs of the declared types, and each symbol one value."},
    ErrorCode{"E0307", "a size without a value",
              "A size symbol is needed as a number, and nothing says which.",
              "Give --size N=32, or \"sizes\": {\"N\": 32} in the model or the function."},
    ErrorCode{"E0308", "a type that is not what the model says",
              "The \"type\" of a node is an assertion, and the value has another type.",
              "Correct the assertion or the node."},
    ErrorCode{"E0309", "a function and its values do not fit",
              "The number or type of operands, results or new values is not what the function "
              "needs.",
              "Compare the function with the place that uses it; the message names both."},
    ErrorCode{"E0310", "calls nested too deeply",
              "Functions call each other through more than 100 levels.",
              "Write the innermost functions in place, or repeat a block with `scan`."},
    ErrorCode{"E0311", "a function that calls itself",
              "Functions of a model are expanded where they are called, so none may call itself, "
              "not by way of others either.",
              "Write the repetition out."},
    ErrorCode{"E0312", "no such function",
              "The model has neither a function nor a value of this name.",
              "`nnc inspect MODEL` lists the functions and values of a model."},
    ErrorCode{"E0313", "kernels that do not hold together",
              "Every line of a kernel text could be read, but at this one an index leaves its "
              "buffer, a buffer is read before it is written or shares memory with another, or "
              "iterations of a parallel loop depend on each other.",
              "docs/text-ir.md lists what holds of kernels; `nnc compile MODEL --emit=kernels` "
              "prints kernels that do."},
    ErrorCode{"E0401", "a derivative that is not expanded",
              "A `grad` node was to be evaluated before the step `differentiate` has replaced it "
              "by ordinary nodes.",
              "Run the passes up to `differentiate` first; evaluate what they give."},
    ErrorCode{"E0402", "a loop of unknown length that is differentiated",
              "A derivative of a `while` keeps what each step began with, and needs to know how "
              "many steps there can be.",
              "Say so: \"max_steps\": 100. The cost is that of the steps taken."},
    ErrorCode{"E0501", "more memory than allowed",
              "Inputs, parameters, results and intermediate values together need more bytes than "
              "the limit.",
              "Make the largest buffers, which the message names, smaller, or raise --max-memory."},
    ErrorCode{"E0502", "a CPU that nnc cannot compile for",
              "The name given with --cpu is unknown, or the CPU lacks AVX2, FMA or F16C.",
              "Use host, x86-64-v3, x86-64-v4 or a name such as haswell or znver4."},
    ErrorCode{"E0503", "compiled code that does not load",
              "An object refers to symbols outside itself, or is for another machine.",
              "Compile the model again with this version of nnc, on this machine."},
    ErrorCode{"E0504", "a library that cannot be linked",
              "--emit=lib hands the object file to the C compiler `cc`, as --backend=c does a "
              "source; --backend=cuda-host hands CUDA to the C++ compiler `c++`. It is missing or "
              "failed.",
              "Install a C compiler, or link the object file of --emit=obj yourself."},
    ErrorCode{"E0505", "an error of CUDA",
              "A call of CUDA's runtime failed, or a kernel did, on the emulated device of "
              "--backend=cuda-host.",
              "This is a fault of nnc, unless memory ran out. Please report the model with it."},
    ErrorCode{"E0601", "not a tensor",
              "A tensor on the command line is malformed, or has more or fewer elements than its "
              "sizes say.",
              "Write sizes, dtype and elements, like 2x3xf32=1 2 3 4 5 6; a scalar is f32=1.5."},
    ErrorCode{"E0602", "not enough memory for data",
              "The tensor or file does not fit into the memory that is left.",
              "Use smaller sizes or batches, or a machine with more memory."},
    ErrorCode{
        "E0606", "training has left the numbers",
        "The loss became infinite or NaN. Params that lead there are not saved: the checkpoint "
        "is that of the last epoch that ended well.",
        "Take a smaller learning rate, or set \"clip_norm\" in the optimizer; look for a log, a "
        "division or a root of something that may be 0 or less."},
    ErrorCode{"E0610", "a malformed .npy file",
              "The file is cut off, has bytes after its elements, or its header is not the "
              "dictionary that NumPy writes.",
              "Write it again with numpy.save; do not append to it."},
    ErrorCode{"E0611", "elements that nnc does not read",
              "The .npy file holds objects, structures, text, complex or big-endian numbers, or "
              "integers of a size that nnc does not have.",
              "Save it as one of f8 f4 f2 i8 i4 u4 i1 u1 b1, like array.astype('f4')."},
    ErrorCode{"E0612", "a malformed .npz file",
              "The archive is damaged, an entry is not a .npy file, is encrypted, is there twice, "
              "or does not expand to the size that it declares.",
              "Write it again with numpy.savez or numpy.savez_compressed."},
    ErrorCode{"E0613", "a malformed table",
              "A CSV file has a field that is not a number of the dtype asked for, or a line with "
              "more or fewer fields than the first.",
              "Correct the field at the line and column named; write nan for a missing value."},
    ErrorCode{"E0614", "a malformed IDX file",
              "The file is compressed, is cut off, has bytes after its elements, or holds 16-bit "
              "integers.",
              "Unpack it with gunzip; check that it was copied completely."},
    ErrorCode{"E0615", "data of the wrong type",
              "A file holds a tensor of another dtype or shape than the model's input. Data is "
              "never converted silently.",
              "Save it with the right dtype, or let --cast convert it; reshape it where the shape "
              "differs."},
    ErrorCode{"E0616", "columns of different lengths",
              "A table has a row for each entry of the first axes of its columns, and these axes "
              "have different sizes.",
              "Write results of other lengths with --output-dir, a file each, or to tables of "
              "their own."},
    ErrorCode{"E0620", "operands of a run that do not fit",
              "The function takes another number of tensors, or tensors of other types.",
              "Compare with the signature: `nnc inspect MODEL` prints it."},
    ErrorCode{"E0621", "an index outside its axis",
              "An index of a gather or scatter is negative, or not less than the size of the axis "
              "that it selects from. Nothing was updated.",
              "Look for the element named in the message; class ids count from 0."},
    ErrorCode{"E0622", "a tensor too large for the run",
              "A value of the graph does not fit into the memory that the run may use.",
              "Use smaller sizes or batches, or allow more memory."},
    ErrorCode{"E0623", "an output that overlaps another argument",
              "The memory given for an output shares bytes with an input, a parameter or another "
              "output.",
              "Give every output memory of its own."},
    ErrorCode{"E0625", "data that do not fit the model",
              "The files give other columns, rows or tensors than the inputs of the function that "
              "trains, the function gives no loss, or nothing is left to train or validate on.",
              "docs/training.md says which data feed which inputs."},
    ErrorCode{"E0626", "a later stage where an earlier one is needed",
              "Kernel text holds loops, not a graph: the interpreter, graph passes and derivatives "
              "have nothing to work on. Graph text has neither initial values nor sizes to choose, "
              "so it is not trained.",
              "Give the model, or the graph text, that the text was made from."},
    ErrorCode{"E0630", "a name that the function does not have",
              "An option gives a value to, or compares, an input or output that does not exist, "
              "gives one twice, or is not NAME=VALUE.",
              "`nnc inspect MODEL` lists inputs and outputs of every function."},
    ErrorCode{"E0631", "inputs without a value",
              "The function needs inputs that the command line does not give.",
              "Give each with --input NAME=@FILE.npy or NAME=2x3xf32=1 2 3 4 5 6, or let "
              "--random-inputs make them up."},
    ErrorCode{"E0701", "a malformed safetensors file",
              "The header is not the JSON of the format, or its types, offsets and the size of the "
              "file do not fit together. The file may be cut off or tampered with.",
              "Copy it again, or write it again with the tool that made it."},
    ErrorCode{"E0702", "weights of a dtype that nnc does not have",
              "A safetensors file holds a tensor of 8-bit floats, 16-bit or unsigned 64-bit "
              "integers or another dtype that nnc cannot compute with.",
              "Convert it to one of F64 F32 F16 BF16 I64 I32 U32 I8 U8 BOOL."},
    ErrorCode{"E0703", "names that a weight file cannot hold",
              "Two tensors have one name, or a name or an entry of the metadata is empty, reserved "
              "(__metadata__) or not UTF-8.",
              "Rename the tensor."},
    ErrorCode{"E0704", "a weight is missing",
              "The file with the weights has no tensor for a parameter or state of the model.",
              "Check that the file belongs to this model; `nnc inspect` lists the names."},
    ErrorCode{"E0705", "a weight of another type",
              "The file with the weights holds a tensor whose dtype or shape is not the model's.",
              "Check that the file belongs to this model, and the model's sizes."},
    ErrorCode{"E0706", "not a checkpoint of a training run",
              "The file lacks the notes (epoch, seed, ...) with which training goes on.",
              "Resume from a file that `nnc train --checkpoint` wrote; plain weights go with "
              "--params."},
    ErrorCode{"E0707", "a checkpoint of another training run",
              "The file was written by a run with other data, seed, batch size or validation "
              "rows, so going on from it could not give what that run would have given.",
              "Resume with that run's options, start anew with another --checkpoint, or begin from "
              "its weights with --params."},
};

} // namespace

std::span<const ErrorCode> error_codes() { return rows; }

const ErrorCode* find_error_code(std::string_view id) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const ErrorCode& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

} // namespace nnc
