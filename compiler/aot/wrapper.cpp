#include "compiler/aot/wrapper.h"

#include "compiler/aot/cpu_check.h"
#include "compiler/aot/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::aot {
namespace {

/// A constant of bytes, closed by a zero.
std::string bytes_text(std::string_view text) {
  std::string result = "c\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\')
      result += fmt::format("\\{:02X}", byte);
    else
      result += c;
  }
  return result + "\\00\"";
}

std::string string_constant(std::string_view name, std::string_view text) {
  return fmt::format("@{} = internal unnamed_addr constant [{} x i8] {}\n", name, text.size() + 1,
                     bytes_text(text));
}

template <class List, class Get>
std::string array_constant(std::string_view name, std::string_view type, const List& list,
                           Get get) {
  std::string items;
  for (const auto& one : list)
    items += fmt::format("{}{} {}", items.empty() ? "" : ", ", type, get(one));
  return fmt::format("@{} = internal unnamed_addr constant [{} x {}] [{}]\n", name, list.size(),
                     type, items);
}

/// How the two checks below end: with `base` + `i`, or 0.
constexpr std::string_view check_end = R"(
fail:
  %i32 = trunc i64 %i to i32
  %code = add i32 %base, %i32
  ret i32 %code
done:
  ret i32 0
}
)";

/// Pointers into a table, embedded weights in place of null; 0, or `base` + the first that is
/// missing.
constexpr std::string_view collect_text = R"(
define internal i32 @nnc_collect(ptr %args, ptr %table, ptr %sizes, ptr %embedded,
                                 ptr %weights, i64 %n, i32 %base) #0 {
entry:
  %any = icmp ugt i64 %n, 0
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %next ]
  %from = getelementptr ptr, ptr %args, i64 %i
  %to = getelementptr ptr, ptr %table, i64 %i
  %p = load ptr, ptr %from, align 8
  %null = icmp eq ptr %p, null
  br i1 %null, label %missing, label %store
missing:
  %op = getelementptr i64, ptr %embedded, i64 %i
  %o = load i64, ptr %op, align 8
  %w = getelementptr i8, ptr %weights, i64 %o
  %has = icmp sge i64 %o, 0
  br i1 %has, label %store, label %empty
empty:
  %sp = getelementptr i64, ptr %sizes, i64 %i
  %s = load i64, ptr %sp, align 8
  %zero = icmp eq i64 %s, 0
  br i1 %zero, label %store, label %fail
store:
  %v = phi ptr [ %p, %loop ], [ %w, %missing ], [ %table, %empty ]
  store ptr %v, ptr %to, align 8
  br label %next
next:
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
)";

/// 0, or `base` + the first written argument that overlaps another.
constexpr std::string_view overlap_text = R"(
define internal i32 @nnc_overlap(ptr %table, ptr %sizes, ptr %written, i64 %n, i32 %base) #0 {
entry:
  %any = icmp ugt i64 %n, 0
  br i1 %any, label %outer, label %done
outer:
  %i = phi i64 [ 0, %entry ], [ %i1, %outer.next ]
  %wp = getelementptr i8, ptr %written, i64 %i
  %w = load i8, ptr %wp, align 1
  %is = icmp ne i8 %w, 0
  br i1 %is, label %start, label %outer.next
start:
  %ap = getelementptr ptr, ptr %table, i64 %i
  %a = load ptr, ptr %ap, align 8
  %ab = ptrtoint ptr %a to i64
  %asp = getelementptr i64, ptr %sizes, i64 %i
  %as = load i64, ptr %asp, align 8
  %ae = add i64 %ab, %as
  br label %inner
inner:
  %j = phi i64 [ 0, %start ], [ %j1, %inner.next ]
  %same = icmp eq i64 %i, %j
  br i1 %same, label %inner.next, label %compare
compare:
  %bp = getelementptr ptr, ptr %table, i64 %j
  %b = load ptr, ptr %bp, align 8
  %bb = ptrtoint ptr %b to i64
  %bsp = getelementptr i64, ptr %sizes, i64 %j
  %bs = load i64, ptr %bsp, align 8
  %be = add i64 %bb, %bs
  %x = icmp ult i64 %ab, %be
  %y = icmp ult i64 %bb, %ae
  %xy = and i1 %x, %y
  br i1 %xy, label %fail, label %inner.next
inner.next:
  %j1 = add i64 %j, 1
  %jm = icmp ult i64 %j1, %n
  br i1 %jm, label %inner, label %outer.next
outer.next:
  %i1 = add i64 %i, 1
  %im = icmp ult i64 %i1, %n
  br i1 %im, label %outer, label %done
)";

/// {0} symbol, {1} arguments, {2} index, {3} workspace, {4} first code for null, {5} for overlap,
/// {6} for index checks, {7} mark, {8} weights, {9} core symbol.
constexpr std::string_view function_text = R"(
declare hidden i32 @{9}(ptr, ptr, ptr)
define i32 @{0}(ptr %args, ptr %workspace, i64 %size) #0 {{
entry:
  %table = alloca [{1} x ptr], align 16
  %noargs = icmp eq ptr %args, null
  br i1 %noargs, label %e.args, label %check.workspace
e.args:
  ret i32 1
check.workspace:
  %nows = icmp eq ptr %workspace, null
  %small = icmp ult i64 %size, {3}
  %badws = or i1 %nows, %small
  br i1 %badws, label %e.workspace, label %check.pointers
e.workspace:
  ret i32 2
check.pointers:
  %c = call i32 @nnc_collect(ptr %args, ptr %table, ptr @nnc_sizes_{2}, ptr @nnc_offsets_{2},
                               ptr {8}, i64 {1}, i32 {4})
  %cbad = icmp ne i32 %c, 0
  br i1 %cbad, label %e.pointer, label %check.overlap
e.pointer:
  ret i32 %c
check.overlap:
  %o = call i32 @nnc_overlap(ptr %table, ptr @nnc_sizes_{2}, ptr @nnc_written_{2}, i64 {1},
                               i32 {5})
  %obad = icmp ne i32 %o, 0
  br i1 %obad, label %e.overlap, label %check.mark
e.overlap:
  ret i32 %o
check.mark:
  %mark = load i64, ptr %workspace, align 1
  %known = icmp eq i64 %mark, {7}
  br i1 %known, label %go, label %ask
ask:
  %ok = call i1 @nnc_cpu_ok()
  br i1 %ok, label %remember, label %e.cpu
e.cpu:
  ret i32 3
remember:
  store i64 {7}, ptr %workspace, align 1
  br label %go
go:
  %at = ptrtoint ptr %workspace to i64
  %past = add i64 %at, 71
  %aligned = and i64 %past, -64
  %shift = sub i64 %aligned, %at
  %arena = getelementptr i8, ptr %workspace, i64 %shift
  %hostp = getelementptr ptr, ptr %args, i64 {1}
  %host = load ptr, ptr %hostp, align 8
  %r = call i32 @{9}(ptr %table, ptr %arena, ptr %host)
  %fine = icmp eq i32 %r, 0
  %failed = add i32 %r, {6}
  %result = select i1 %fine, i32 0, i32 %failed
  ret i32 %result
}}
define i64 @{0}_workspace_size() #0 {{
  ret i64 {3}
}}
)";

class WrapperText {
public:
  WrapperText(const Module& module, std::span<const std::int64_t> arena_bytes,
              std::span<const std::string> features)
      : module_(module), arena_bytes_(arena_bytes), features_(features) {}

  Wrapper make() {
    for (const std::string_view check : {collect_text, overlap_text}) {
      text_ += check;
      text_ += check_end;
    }
    text_ += cpu_check_text(features_);
    if (module_.embedded)
      text_ += fmt::format("@{} = external hidden constant [{} x i8]\n"
                           "define ptr @{}_weights() #0 {{\n  ret ptr @{}\n}}\n",
                           weights_symbol, module_.weight_bytes, module_.c_name, weights_symbol);
    for (std::size_t i = 0; i < module_.functions.size(); ++i) function(i);
    information();
    text_ += "attributes #0 = { nounwind \"target-cpu\"=\"x86-64\" \"frame-pointer\"=\"none\" "
             "\"no-builtins\" }\n";
    return {std::move(text_), std::move(workspaces_)};
  }

private:
  void function(std::size_t i) {
    const Function& function = module_.functions[i];
    const auto& arguments = function.arguments;
    text_ += array_constant(fmt::format("nnc_sizes_{}", i), "i64", arguments,
                            [](const Argument& one) { return one.type.bytes(); });
    text_ += array_constant(fmt::format("nnc_offsets_{}", i), "i64", arguments,
                            [](const Argument& one) { return one.weight_offset; });
    text_ += array_constant(fmt::format("nnc_written_{}", i), "i8", arguments,
                            [](const Argument& one) { return one.written ? 1 : 0; });
    const Codes codes = messages_.add(function);
    workspaces_.push_back(workspace_for(arena_bytes_[i]));
    text_ += fmt::format(fmt::runtime(function_text), function.c_name, arguments.size(), i,
                         workspaces_.back(), codes.missing, codes.overlap, codes.index - 1, mark(),
                         module_.embedded ? std::string("@") + weights_symbol : "null",
                         core_symbol(function));
  }

  /// Depends on what the code needs of a CPU (FNV-1a).
  std::int64_t mark() const {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const std::string& feature : features_)
      for (const char c : feature + ",")
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return static_cast<std::int64_t>(hash);
  }

  /// Messages stand one after the other, found by offset: tables of pointers would need
  /// relocations.
  void information() {
    const std::string& m = module_.c_name;
    std::string all;
    std::vector<std::size_t> offsets;
    for (const std::string& message : messages_.texts()) {
      offsets.push_back(all.size());
      all += message + '\0';
    }
    const std::size_t unknown = all.size();
    all += "unknown code";
    text_ += string_constant("nnc_messages", all);
    text_ += array_constant("nnc_message_offsets", "i64", offsets, [](std::size_t o) { return o; });
    text_ += fmt::format("define ptr @{}_strerror(i32 %code) #0 {{\n"
                         "  %known = icmp ult i32 %code, {}\n"
                         "  br i1 %known, label %find, label %unknown\nfind:\n"
                         "  %i = zext i32 %code to i64\n"
                         "  %op = getelementptr i64, ptr @nnc_message_offsets, i64 %i\n"
                         "  %o = load i64, ptr %op, align 8\n"
                         "  %p = getelementptr i8, ptr @nnc_messages, i64 %o\n  ret ptr %p\n"
                         "unknown:\n"
                         "  %u = getelementptr i8, ptr @nnc_messages, i64 {}\n  ret ptr %u\n}}\n",
                         m, offsets.size(), unknown);
    text_ += string_constant("nnc_signature", signature_json(module_));
    text_ +=
        fmt::format("define ptr @{}_signature_json() #0 {{\n  ret ptr @nnc_signature\n}}\n", m);
    text_ += fmt::format("define i32 @{}_abi_version() #0 {{\n  ret i32 {}\n}}\n", m, abi_version);
    const auto most = std::ranges::max_element(workspaces_);
    text_ += fmt::format("define i64 @{}_workspace_size() #0 {{\n  ret i64 {}\n}}\n", m,
                         most == workspaces_.end() ? 0 : *most);
  }

  const Module& module_;
  std::span<const std::int64_t> arena_bytes_;
  std::span<const std::string> features_;
  Messages messages_;
  std::string text_;
  std::vector<std::int64_t> workspaces_;
};

} // namespace

std::string core_symbol(const Function& function) { return "nnc_core_" + function.c_name; }

Wrapper wrapper(const Module& module, std::span<const std::int64_t> arena_bytes,
                std::span<const std::string> features) {
  return WrapperText(module, arena_bytes, features).make();
}

} // namespace nnc::aot
