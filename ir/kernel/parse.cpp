#include "ir/kernel/parse.h"

#include "ir/kernel/parse_stage.h"
#include "ir/kernel/verify.h"
#include "ir/text/attribute_reader.h"

#include <algorithm>

namespace nnc {
namespace {

class ProgramParser {
public:
  ProgramParser(std::string_view text, const std::string& file) : cursor_(text, file) {}

  Result<KernelProgram> run() {
    if (header() && body() && verified()) return std::move(program_);
    return *error_;
  }

private:
  struct Port {
    std::string name, buffer;
    Place place;
  };

  bool fail(Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }
  bool fail_at(Cursor::Mark begin, std::string message) {
    return fail({.code = "E0130", .message = std::move(message), .place = cursor_.place(begin)});
  }
  bool expect(std::string_view symbol) {
    return cursor_.accept(symbol) || fail(unexpected(cursor_, "'" + std::string(symbol) + "'"));
  }
  bool expect_word(std::string_view word) {
    return cursor_.accept_word(word) || fail(unexpected(cursor_, word));
  }

  /// A name of a buffer, port or kernel.
  bool name(std::string& result) {
    auto quoted = cursor_.backquoted();
    result = quoted ? std::move(*quoted) : std::string(cursor_.word(true));
    return !result.empty() || fail(unexpected(cursor_, "a name"));
  }

  bool size(std::int64_t& result) {
    const auto value = cursor_.integer();
    if (!value || *value < 0 || *value > max_bytes) return fail(unexpected(cursor_, "a size"));
    result = *value;
    return true;
  }

  bool header() {
    const auto begin = cursor_.mark();
    if (!expect_word("program") || !expect("@")) return false;
    place_ = cursor_.place(begin);
    auto name = cursor_.name();
    if (!name) return fail(unexpected(cursor_, "the program's name"));
    program_.name = std::move(*name);
    if (!ports(inputs_) || !expect("->") || !ports(outputs_)) return false;
    if (cursor_.accept_word("update") && !ports(updates_)) return false;
    return expect("{");
  }

  bool ports(std::vector<Port>& list) {
    if (!expect("(")) return false;
    if (cursor_.accept(")")) return true;
    do {
      Port port;
      const auto begin = cursor_.mark();
      if (!name(port.name)) return false;
      port.buffer = port.name;
      if (cursor_.accept("=") && !name(port.buffer)) return false;
      port.place = cursor_.place(begin);
      list.push_back(std::move(port));
    } while (cursor_.accept(","));
    return expect(")");
  }

  bool body() {
    while (!cursor_.accept("}")) {
      const auto begin = cursor_.mark();
      const std::string_view word = cursor_.word();
      bool read = false;
      if (word == "kernel") {
        read = kernel();
      } else if (word == "workspace") {
        read = size(program_.arena_bytes) && expect_word("bytes");
      } else if (word == "denormals") {
        program_.flush_denormals = false;
        read = expect_word("kept");
      } else if (word == "check") {
        read = check() && before();
      } else if (word == "loop" || word == "branch") {
        read = region(word);
      } else if (const auto role = role_of(word)) {
        read = buffer(*role);
      } else {
        cursor_.rewind(begin);
        return fail(unexpected(cursor_, "a buffer, check, kernel, loop or branch"));
      }
      if (!read) return false;
    }
    if (!cursor_.at_end()) return fail(unexpected(cursor_, "the end of the text"));
    return resolve_ports();
  }

  static std::optional<BufferRole> role_of(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(BufferRole::arena); ++i)
      if (buffer_role_name(static_cast<BufferRole>(i)) == word) return static_cast<BufferRole>(i);
    return std::nullopt;
  }

  bool buffer(BufferRole role) {
    const auto begin = cursor_.mark();
    Buffer buffer{.name = {}, .type = {}, .role = role, .data = {}};
    if (!name(buffer.name)) return false;
    if (by_name_.contains(buffer.name))
      return fail_at(begin, "'" + buffer.name + "' is there twice");
    if (!expect(":")) return false;
    auto type = read_type(cursor_);
    if (!type) return fail(type.error());
    buffer.type = std::move(*type);
    if (cursor_.accept_word("at") && !size(buffer.offset)) return false;
    const auto value = cursor_.mark();
    if (role == BufferRole::constant && cursor_.accept("=")) {
      auto literal = read_literal(cursor_);
      if (!literal) return fail(literal.error());
      if (literal->literal.type != buffer.type)
        return fail_at(value, "the value is not " + to_string(buffer.type));
      buffer.data = std::move(literal->literal);
    }
    by_name_.emplace(buffer.name, program_.buffers.size());
    buffer_places_.push_back(cursor_.place(begin));
    program_.buffers.push_back(std::move(buffer));
    return true;
  }

  bool known_buffer(const std::string& name, Place place, std::uint32_t& id) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end())
      return fail({.code = "E0130",
                   .message = "no buffer is called '" + name + "'",
                   .place = std::move(place)});
    id = static_cast<std::uint32_t>(found->second);
    return true;
  }

  /// `check ids in 0..100 for embedding`
  bool check() {
    RangeCheck check;
    const auto begin = cursor_.mark();
    std::string name_text;
    if (!name(name_text) || !known_buffer(name_text, cursor_.place(begin), check.buffer) ||
        !expect_word("in") || !expect("0") || !expect("..") || !size(check.extent) ||
        !expect_word("for"))
      return false;
    auto node = cursor_.name();
    if (!node) return fail(unexpected(cursor_, "a node"));
    check.node = std::move(*node);
    check.before_kernel = next_kernel();
    program_.checks.push_back(std::move(check));
    return true;
  }

  /// `before 3`
  bool before() {
    const auto begin = cursor_.mark();
    std::int64_t before = 0;
    if (!expect_word("before") || !size(before)) return false;
    if (before > UINT32_MAX) return fail_at(begin, "there are not so many kernels");
    program_.checks.back().before_kernel = static_cast<std::uint32_t>(before);
    return true;
  }

  std::uint32_t next_kernel() const { return static_cast<std::uint32_t>(program_.kernels.size()); }

  /// The name of a buffer that is there.
  bool buffer_name(std::uint32_t& id) {
    const auto begin = cursor_.mark();
    std::string text;
    return name(text) && known_buffer(text, cursor_.place(begin), id);
  }

  /// `slice t`: a buffer after a word, or neither.
  bool option(std::string_view word, std::uint32_t& id) {
    return !cursor_.accept_word(word) || buffer_name(id);
  }

  bool region(std::string_view word) {
    if (depth_ == max_depth) return fail(unexpected(cursor_, "fewer regions in regions"));
    const auto r = static_cast<std::uint32_t>(program_.regions.size());
    program_.regions.emplace_back();
    Region region{.kind = word == "loop" ? Region::Kind::loop : Region::Kind::branch};
    region.first = region.middle = next_kernel();
    ++depth_;
    if (!(word == "loop" ? loop(region, r) : branch(region, r))) return false;
    --depth_;
    region.last = next_kernel();
    program_.regions[r] = region;
    return true;
  }

  bool loop(Region& region, std::uint32_t r) {
    if (!option("slice", region.counter)) return false;
    if (cursor_.accept_word("in") && (!expect("0") || !expect("..") || !size(region.length)))
      return false;
    region.reverse = cursor_.accept_word("reverse");
    if (!option("count", region.count) || !option("steps", region.steps) ||
        !option("while", region.condition))
      return false;
    if (region.condition != Region::none && (!block(r) || !expect_word("do"))) return false;
    region.middle = next_kernel();
    return block(r);
  }

  bool branch(Region& region, std::uint32_t r) {
    if (!buffer_name(region.condition) || !block(r) || !expect_word("else")) return false;
    region.middle = next_kernel();
    return block(r);
  }

  /// Kernels, regions and checks of region `r`.
  bool block(std::uint32_t r) {
    if (!expect("{")) return false;
    while (!cursor_.accept("}")) {
      const auto begin = cursor_.mark();
      const std::string_view word = cursor_.word();
      if (word == "kernel") {
        if (!kernel()) return false;
      } else if (word == "check") {
        if (!check()) return false;
        program_.checks.back().region = r;
      } else if (word == "loop" || word == "branch") {
        if (!region(word)) return false;
      } else {
        cursor_.rewind(begin);
        return fail(unexpected(cursor_, "a kernel, check, loop or branch"));
      }
    }
    return true;
  }

  bool form(Form& result) {
    for (int i = 0; i <= static_cast<int>(Form::serial); ++i) {
      result = static_cast<Form>(i);
      if (cursor_.accept(form_name(result))) return true;
    }
    return fail(unexpected(cursor_, "a form"));
  }

  bool kernel() {
    Kernel kernel;
    const auto begin = cursor_.mark();
    std::vector<Port> reads, writes;
    if (!name(kernel.name) || !ports(reads) || !expect("->") || !ports(writes) || !expect(":") ||
        !form(kernel.form) || !expect("{"))
      return false;
    std::map<std::string, std::uint32_t> locals;
    while (cursor_.accept_word("local"))
      if (!local(kernel, locals)) return false;
    const auto find = [&](const std::string& wanted) -> std::optional<NamedBuffer> {
      if (const auto found = locals.find(wanted); found != locals.end())
        return NamedBuffer{local_buffer + found->second, &kernel.locals[found->second].type};
      const auto found = by_name_.find(wanted);
      if (found == by_name_.end()) return std::nullopt;
      return NamedBuffer{static_cast<std::uint32_t>(found->second),
                         &program_.buffers[found->second].type};
    };
    const Place line = cursor_.place(begin);
    StageParser stages(cursor_, kernel, find);
    if (!stages.run()) return fail(stages.error());
    kernel_places_.push_back({line, stages.take_places()});
    if (!same(begin, reads, buffers_read(kernel), "reads") ||
        !same(begin, writes, buffers_written(kernel), "writes"))
      return false;
    program_.kernels.push_back(std::move(kernel));
    return expect("}");
  }

  bool local(Kernel& kernel, std::map<std::string, std::uint32_t>& locals) {
    const auto begin = cursor_.mark();
    LocalBuffer local;
    if (!name(local.name)) return false;
    if (by_name_.contains(local.name) || locals.contains(local.name))
      return fail_at(begin, "'" + local.name + "' is there twice");
    if (!expect(":")) return false;
    auto type = read_type(cursor_);
    if (!type) return fail(type.error());
    local.type = std::move(*type);
    locals.emplace(local.name, static_cast<std::uint32_t>(kernel.locals.size()));
    kernel.locals.push_back(std::move(local));
    return true;
  }

  /// The list in a kernel's first line is what its stages do.
  bool same(Cursor::Mark begin, const std::vector<Port>& stated, std::vector<std::uint32_t> actual,
            const std::string& does) {
    std::vector<std::uint32_t> listed;
    for (const Port& port : stated) {
      listed.emplace_back();
      if (!known_buffer(port.buffer, port.place, listed.back())) return false;
    }
    std::ranges::sort(actual);
    std::ranges::sort(listed);
    if (actual == listed) return true;
    std::string names;
    for (const std::uint32_t buffer : actual)
      names += (names.empty() ? "" : ", ") + program_.buffers[buffer].name;
    return fail_at(begin, "the kernel " + does + " (" + names + ")");
  }

  bool resolve_ports() {
    for (const auto& [from, to] :
         {std::pair(&inputs_, &program_.inputs), std::pair(&outputs_, &program_.outputs)})
      for (Port& port : *from) {
        to->push_back({port.name, 0});
        if (!known_buffer(port.buffer, port.place, to->back().buffer)) return false;
      }
    for (Port& port : updates_) {
      KernelProgram::Update update{.name = port.name};
      if (!known_buffer(port.name, port.place, update.target) ||
          !known_buffer(port.buffer, port.place, update.copy_from))
        return false;
      program_.updates.push_back(std::move(update));
    }
    return true;
  }

  /// What can be read may still be no program (ir/kernel/verify.h).
  bool verified() {
    const bool planned = std::ranges::any_of(
        program_.buffers, [](const Buffer& buffer) { return buffer.offset >= 0; });
    const std::vector<KernelFault> faults =
        verify(program_, {.planned = planned, .strict = true, .limit = 1});
    return faults.empty() ||
           fail({.code = "E0313", .message = faults[0].message, .place = place_of(faults[0])});
  }

  Place place_of(const KernelFault& fault) const {
    if (fault.buffer != KernelFault::none) return buffer_places_[fault.buffer];
    if (fault.kernel == KernelFault::none) return place_;
    const KernelPlaces& kernel = kernel_places_[fault.kernel];
    if (fault.stage == KernelFault::none) return kernel.line;
    const KernelPlaces::OfStage& stage = kernel.stages[fault.stage];
    return fault.store == KernelFault::none ? stage.line : stage.stores[fault.store];
  }

  static constexpr int max_depth = 64; ///< of regions in regions

  Cursor cursor_;
  KernelProgram program_;
  int depth_ = 0;
  std::optional<Error> error_;
  std::vector<Port> inputs_, outputs_, updates_;
  Place place_;
  std::vector<Place> buffer_places_;
  std::vector<KernelPlaces> kernel_places_;
  std::map<std::string, std::size_t> by_name_;
};

} // namespace

Result<KernelProgram> parse_program(std::string_view text, const std::string& file) {
  return ProgramParser(text, file).run();
}

} // namespace nnc
