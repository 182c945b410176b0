// A model ready to be built from: read from a file in JSON, or made in C++
// (frontends/host/model_builder.h); or functions that are graphs
// or kernels already, read as text (.nnir).
#pragma once

#include "frontends/model/build.h"
#include "frontends/model/files.h"
#include "ir/kernel/kernel.h"
#include "runtime/tensor.h"

#include <map>

namespace nnc {

/// Texts by file name, so that errors can show the line that they speak of.
using Sources = std::map<std::string, std::string, std::less<>>;

/// The rows that models are read with; tests hand in tables with rows of their own.
using MakeOps = OpTable (*)();

class Source {
public:
  /// What is in a file; `-` is standard input. The text is kept in `sources`. The ending says what
  /// it is, .json or .nnir; without either JSON begins with a brace. Of a model in JSON the errors
  /// are told once it is checked or built, all at once; only what is no JSON is refused here.
  static OrErrors<Source> load(const std::string& path, Sources& sources,
                               MakeOps ops = standard_ops);
  /// The model in `doc`; files that it names are looked for in the folder of `doc.file`.
  static OrErrors<Source> of(ModelDoc doc, MakeOps ops = standard_ops);
  /// Likewise, of what could be read of a model, with the errors of reading.
  static OrErrors<Source> of(ModelDoc doc, Errors found, MakeOps ops);

  /// From now on builds what formulas are written of: ir/textbook.h, frontends/nn/textbook.h.
  void use_textbook_forms();

  /// The same model with more in it, read with the same rows.
  OrErrors<Source> extended(ModelDoc doc) const;

  /// The model's name, else that of the file without its ending; fit for a file's name.
  std::string name() const;
  const std::string& path() const { return path_; }
  bool from_stdin() const { return path_ == "-"; }
  /// Null for graphs.
  const Model* model() const { return model_ ? &*model_ : nullptr; }
  /// The function of kernel text; else null.
  const KernelProgram* program() const { return program_ ? &*program_ : nullptr; }
  /// Declared functions that can be run, in the order of the file.
  std::vector<std::string> functions() const;

  /// The graph of a declared function, or of any value of the model. The model is checked as
  /// check() does: nothing is built of one that is wrong, be it in another place.
  OrErrors<Graph> build(const std::string& function, const BuildOptions& options);
  OrErrors<std::vector<Graph>> build(const std::vector<std::string>& functions,
                                     const BuildOptions& options);
  /// All errors of the model, of every kind, in the order of their places: those of `functions`
  /// with `options`, and of everything else with the sizes of the model.
  Errors check(const std::vector<std::string>& functions = {}, const BuildOptions& options = {});
  /// The value of a param, state or constant before the first call.
  Result<Tensor> leaf_value(const std::string& name, const Type& type, std::uint32_t seed) const;

  Context& context() { return *vocabulary_->context; }
  const OpTable& rows() const { return vocabulary_->rows; }
  const nn::FunctionTable& nn_functions() const { return vocabulary_->functions; }

private:
  explicit Source(MakeOps ops) : vocabulary_(std::make_unique<Vocabulary>(ops)) {}
  OrErrors<std::vector<Graph>> build_model(const std::vector<std::string>& functions,
                                           const BuildOptions& options);
  Result<Graph> text_graph(const std::string& function);
  static OrErrors<Source> of_text(const std::string& path, std::string_view text,
                                  const std::string& shown, MakeOps ops);

  /// On the heap, since graphs point into it.
  struct Vocabulary {
    explicit Vocabulary(MakeOps ops) : rows(ops()), make_rows(ops) {}
    OpTable rows;
    nn::FunctionTable functions = nn::standard_functions();
    std::unique_ptr<Context> context = std::make_unique<Context>(rows);
    MakeOps make_rows;
  };

  std::string path_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::optional<Model> model_;
  Errors found_;               ///< while it was read and resolved
  bool rest_is_right_ = false; ///< all but the functions that were asked for; then these as well
  LeafFiles files_;
  std::vector<std::shared_ptr<const Graph>> graphs_; ///< without a model
  std::optional<KernelProgram> program_;             ///< likewise
};

/// Reads a whole file that the user named as text. E0120.
Result<std::string> read_text(const std::string& path);

} // namespace nnc
