#include "frontends/model/add_derivatives.h"

#include "frontends/expr/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nnc {
namespace {

/// A derivative that is there already.
struct Known {
  std::string name;
  std::vector<std::string> wrt;
  Shape shape;
};

class Adder {
public:
  Adder(ModelDoc doc, const DerivativeRequest& request) : doc_(std::move(doc)), request_(request) {}

  OrErrors<ModelDoc> run(const ShapeOf& shape_of) {
    // A name that the model lacks is refused before nodes are written with it.
    auto differentiated = shape_of(request_.of);
    if (auto* errors = std::get_if<Errors>(&differentiated)) return std::move(*errors);
    for (const std::string& name : request_.wrt) {
      auto shape = shape_of(name);
      if (auto* errors = std::get_if<Errors>(&shape)) return std::move(*errors);
      shapes_.push_back(std::get<Shape>(std::move(shape)));
    }
    std::vector<Known> last = {{request_.of, {}, {}}};
    for (int order = 1; order <= request_.order; ++order) {
      std::vector<Known> next;
      for (const Known& one : last)
        std::ranges::move(differentiate(one, order), std::back_inserter(next));
      last = std::move(next);
    }
    add_function(last);
    return std::move(doc_);
  }

private:
  std::vector<Known> differentiate(const Known& known, int order) {
    std::vector<Known> made;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < request_.wrt.size(); ++i) {
      Known one{.name = order == 1 ? "grad" : fmt::format("grad{}", order),
                .wrt = known.wrt,
                .shape = known.shape};
      one.wrt.push_back(request_.wrt[i]);
      one.name += "." + request_.of + fmt::format(".{}", fmt::join(one.wrt, "."));
      one.shape.insert(one.shape.end(), shapes_[i].begin(), shapes_[i].end());
      out.push_back(written_name(one.name));
      made.push_back(std::move(one));
    }
    // All derivatives of a scalar come from one backward sweep.
    const std::string_view form = known.shape.empty() ? "grad" : "jacobian";
    add_node(fmt::format("{} = {}({}, {})", fmt::join(out, ", "), form, written_name(known.name),
                         variables()));
    return made;
  }

  std::string variables() const {
    std::vector<std::string> names;
    for (const std::string& name : request_.wrt) names.push_back(written_name(name));
    return names.size() == 1 ? names[0] : fmt::format("[{}]", fmt::join(names, ", "));
  }

  void add_node(const std::string& text) {
    auto parsed = parse_assignment(text, {.file = doc_.file});
    if (!parsed) throw InternalError("add_derivatives: " + parsed.error().message);
    doc_.nodes.push_back(
        {.out = std::move(parsed->out), .text = text, .expression = std::move(parsed->expression)});
  }

  void add_function(std::span<const Known> last) {
    FunctionDoc function{.name = {derivative_function(doc_)}};
    function.out.push_back({request_.of});
    for (const Known& one : last) function.out.push_back({one.name});
    doc_.functions.push_back(std::move(function));
  }

  ModelDoc doc_;
  const DerivativeRequest& request_;
  std::vector<Shape> shapes_; ///< of the variables
};

} // namespace

std::string derivative_function(const ModelDoc& doc) {
  std::string name = "grad";
  while (doc.function(name)) name += "_";
  return name;
}

OrErrors<ModelDoc> add_derivatives(ModelDoc doc, const DerivativeRequest& request,
                                   const ShapeOf& shape_of) {
  return Adder(std::move(doc), request).run(shape_of);
}

} // namespace nnc
