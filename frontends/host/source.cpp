#include "frontends/host/source.h"

#include "frontends/json/read_model.h"
#include "frontends/model/check.h"
#include "frontends/model/leaf_values.h"
#include "frontends/nn/textbook.h"
#include "ir/kernel/parse.h"
#include "ir/messages.h"
#include "ir/text/parse.h"
#include "ir/textbook.h"
#include "runtime/files/file.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace nnc {
namespace {

/// What follows spaces and comments.
std::string_view first_word(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    if (text.starts_with("//"))
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    else if (text.starts_with("/*"))
      text.remove_prefix(std::min(text.find("*/", 2), text.size() - 2) + 2);
    else if (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n')
      text.remove_prefix(1);
    else
      break;
  }
  return text;
}

/// By the ending of the name, else by the first character that counts.
bool is_json(const std::string& path, std::string_view text) {
  if (path.ends_with(".json") || path.ends_with(".nnir")) return path.ends_with(".json");
  return first_word(text).starts_with("{");
}

} // namespace

Result<std::string> read_text(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

OrErrors<Source> Source::load(const std::string& path, Sources& sources, MakeOps ops) {
  auto text = read_text(path);
  if (!text) return Errors{text.error()};
  const std::string shown = path == "-" ? "<stdin>" : path;
  const std::string& kept = sources[shown] = std::move(*text);
  if (!is_json(path, kept)) return of_text(path, kept, shown, ops);
  Errors found;
  auto doc = read_model(kept, shown, &found);
  if (auto* errors = std::get_if<Errors>(&doc)) return std::move(*errors);
  auto source = of(std::get<ModelDoc>(std::move(doc)), std::move(found), ops);
  if (auto* loaded = std::get_if<Source>(&source)) loaded->path_ = path;
  return source;
}

OrErrors<Source> Source::of_text(const std::string& path, std::string_view text,
                                 const std::string& shown, MakeOps ops) {
  Source source(ops);
  source.path_ = path;
  const std::string_view begin = first_word(text);
  const bool binary = !begin.empty() && (begin[0] < 'a' || begin[0] > 'z');
  if (begin.empty() || binary || text.find('\0') != std::string_view::npos)
    return Errors{{.code = "E0130",
                   .message = begin.empty() ? "there is no model in it: it is empty"
                                            : "this is no model: neither JSON nor the text of "
                                              "a graph or of kernels",
                   .place = {shown},
                   .help = "a model is JSON, or text that begins with func or program"}};
  if (begin.starts_with("program")) {
    auto program = parse_program(text, shown);
    if (!program) return Errors{program.error()};
    source.program_ = std::move(*program);
    return source;
  }
  auto parsed = parse_module(source.context(), text, shown);
  if (auto* errors = std::get_if<Errors>(&parsed)) return std::move(*errors);
  for (TextFunction& function : std::get<0>(parsed))
    if (!function.called) source.graphs_.push_back(std::move(function.graph));
  return source;
}

OrErrors<Source> Source::of(ModelDoc doc, MakeOps ops) { return of(std::move(doc), {}, ops); }

OrErrors<Source> Source::of(ModelDoc doc, Errors found, MakeOps ops) {
  Source source(ops);
  source.path_ = doc.file;
  const bool has_folder = std::filesystem::path(source.path_).has_parent_path();
  auto folder = ModelDir::of_model(has_folder ? source.path_ : "./model.json");
  if (!folder) return Errors{folder.error()};
  source.files_ = read_files(doc, *folder, found);
  auto model =
      resolve(std::move(doc), source.vocabulary_->functions, source.vocabulary_->rows, &found);
  source.model_ = std::get<Model>(std::move(model));
  source.found_ = std::move(found);
  return source;
}

void Source::use_textbook_forms() {
  use_textbook_rules(vocabulary_->rows);
  nn::use_textbook_forms(vocabulary_->functions);
}

OrErrors<Source> Source::extended(ModelDoc doc) const {
  auto source = of(std::move(doc), vocabulary_->make_rows);
  if (auto* made = std::get_if<Source>(&source)) {
    made->path_ = path_;
    made->context().flush_denormals = vocabulary_->context->flush_denormals;
  }
  return source;
}

std::string Source::name() const {
  if (model_ && !model_->doc->name.empty()) return model_->doc->name;
  if (from_stdin()) return "model";
  return std::filesystem::path(path_).stem().string();
}

std::vector<std::string> Source::functions() const {
  std::vector<std::string> names;
  for (const auto& graph : graphs_) names.push_back(graph->name);
  if (program_) names.push_back(program_->name);
  if (!model_) return names;
  for (const FunctionDoc& function : model_->doc->functions)
    if (!function.local) names.push_back(function.name.text);
  return names;
}

OrErrors<Graph> Source::build(const std::string& function, const BuildOptions& options) {
  auto graphs = build(std::vector{function}, options);
  if (auto* errors = std::get_if<Errors>(&graphs)) return std::move(*errors);
  return std::move(std::get<0>(graphs).at(0));
}

OrErrors<std::vector<Graph>> Source::build(const std::vector<std::string>& functions,
                                           const BuildOptions& options) {
  if (program_)
    return Errors{{.code = "E0626",
                   .message = "kernel text is no graph any more",
                   .place = {path_},
                   .help = "run, compile and opt --stop-after=plan take it"}};
  if (model_) return build_model(functions, options);
  std::vector<Graph> graphs;
  for (const std::string& function : functions) {
    auto graph = text_graph(function);
    if (!graph) return Errors{graph.error()};
    graphs.push_back(std::move(*graph));
  }
  return graphs;
}

namespace {

/// A function that gives one value of another, of the leaves that it depends on.
std::optional<Graph> function_of_value(const Graph& graph, const std::string& name) {
  const auto output = std::ranges::find(graph.outputs, name, &Output::name);
  Value value = output != graph.outputs.end() ? output->value : Value{};
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.value_count() && !value.valid(); ++id)
    if (graph.value_name(Value{id}) == name && live[graph.node_of(Value{id}).id]) value = Value{id};
  if (!value.valid()) return std::nullopt;
  Graph made(graph.context(), name);
  made.part_counts = graph.part_counts;
  const std::vector<std::uint32_t> nodes = ancestors(graph, value);
  std::vector<Value> map(graph.value_count());
  for (const Value leaf : graph.inputs)
    if (std::ranges::binary_search(nodes, graph.node_of(leaf).id))
      map[leaf.id] = made.add_leaf(graph.leaf_name(leaf), graph.role(leaf), graph.type(leaf),
                                   graph.producer(leaf).origin);
  for (const std::uint32_t id : nodes)
    if (!graph.is_leaf(graph.result(NodeId{id}))) copy_node(graph, NodeId{id}, made, map);
  made.outputs.push_back({name, map[value.id]});
  return made;
}

} // namespace

Result<Graph> Source::text_graph(const std::string& function) {
  const auto found =
      std::ranges::find(graphs_, function, [](const auto& graph) { return graph->name; });
  if (found != graphs_.end()) return copy_live(**found);
  for (const auto& graph : graphs_)
    if (auto value = function_of_value(*graph, function)) return std::move(*value);
  return Error{.code = "E0312",
               .message = "there is no function " + quote(function),
               .place = {path_},
               .help = did_you_mean(function, functions())};
}

OrErrors<std::vector<Graph>> Source::build_model(const std::vector<std::string>& functions,
                                                 const BuildOptions& options) {
  Errors errors = found_;
  std::vector<Graph> graphs;
  for (const std::string& function : functions) {
    auto graph = build_function(*model_, function, options, context(), nn_functions());
    if (auto* wrong = std::get_if<Errors>(&graph))
      std::ranges::move(*wrong, std::back_inserter(errors));
    else
      graphs.push_back(std::move(std::get<Graph>(graph)));
  }
  if (!rest_is_right_)
    std::ranges::move(check_rest(*model_, functions, options, rows(), nn_functions()),
                      std::back_inserter(errors));
  rest_is_right_ = errors.empty();
  if (!errors.empty()) return in_order(std::move(errors));
  return graphs;
}

Errors Source::check(const std::vector<std::string>& functions, const BuildOptions& options) {
  if (!model_) return {};
  auto graphs = build_model(functions, options);
  return std::holds_alternative<Errors>(graphs) ? std::get<Errors>(std::move(graphs)) : Errors();
}

Result<Tensor> Source::leaf_value(const std::string& name, const Type& type,
                                  std::uint32_t seed) const {
  if (!model_) return Tensor::zeros(type);
  return nnc::leaf_value(*model_, name, type, seed, files_);
}

} // namespace nnc
