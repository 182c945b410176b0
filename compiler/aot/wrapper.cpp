#include "compiler/aot/wrapper.h"

#include "compiler/aot/cpu_check.h"
#include "compiler/aot/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

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

/// Pointers into a table, embedded weights in place of null, and where each argument ends; 0, or
/// `base` + the first that is missing.
constexpr std::string_view collect_text = R"(
define internal i32 @nnc_collect(ptr %args, ptr %table, ptr %ends, ptr %sizes, ptr %embedded,
                                 ptr %weights, i64 %n, i32 %base) #0 {
entry:
  %any = icmp ugt i64 %n, 0
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %store ]
  %from = getelementptr ptr, ptr %args, i64 %i
  %to = getelementptr ptr, ptr %table, i64 %i
  %p = load ptr, ptr %from, align 8
  %sp = getelementptr i64, ptr %sizes, i64 %i
  %s = load i64, ptr %sp, align 8
  %null = icmp eq ptr %p, null
  br i1 %null, label %missing, label %store
missing:
  %op = getelementptr i64, ptr %embedded, i64 %i
  %o = load i64, ptr %op, align 8
  %w = getelementptr i8, ptr %weights, i64 %o
  %has = icmp sge i64 %o, 0
  br i1 %has, label %store, label %empty
empty:
  %zero = icmp eq i64 %s, 0
  br i1 %zero, label %store, label %fail
store:
  %v = phi ptr [ %p, %loop ], [ %w, %missing ], [ %table, %empty ]
  store ptr %v, ptr %to, align 8
  %begin = ptrtoint ptr %v to i64
  %end = add i64 %begin, %s
  %ep = getelementptr i64, ptr %ends, i64 %i
  store i64 %end, ptr %ep, align 8
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
)";

/// 0, or `base` + the first written argument that overlaps another. All of them are looked at, four
/// at a time: those that begin before this one ends and end after it begins are itself alone. It
/// is never the address that a branch hangs on, for a small function takes no longer than that.
constexpr std::string_view overlap_text = R"(
declare i64 @llvm.vector.reduce.add.v4i64(<4 x i64>)
define internal i32 @nnc_overlap(ptr %starts, ptr %ends, ptr %written, i64 %writes, i64 %n,
                                 i32 %base) #1 {
entry:
  %any = icmp ugt i64 %writes, 0
  br i1 %any, label %outer, label %done
outer:
  %k = phi i64 [ 0, %entry ], [ %k1, %outer.next ]
  %ip = getelementptr i64, ptr %written, i64 %k
  %i = load i64, ptr %ip, align 8
  %ap = getelementptr i64, ptr %starts, i64 %i
  %a = load i64, ptr %ap, align 8
  %aep = getelementptr i64, ptr %ends, i64 %i
  %ae = load i64, ptr %aep, align 8
  %a0 = insertelement <4 x i64> poison, i64 %a, i32 0
  %as = shufflevector <4 x i64> %a0, <4 x i64> poison, <4 x i32> zeroinitializer
  %ae0 = insertelement <4 x i64> poison, i64 %ae, i32 0
  %aes = shufflevector <4 x i64> %ae0, <4 x i64> poison, <4 x i32> zeroinitializer
  br label %inner
inner:
  %j = phi i64 [ 0, %outer ], [ %j4, %inner ]
  %count = phi <4 x i64> [ zeroinitializer, %outer ], [ %counted, %inner ]
  %bp = getelementptr i64, ptr %starts, i64 %j
  %b = load <4 x i64>, ptr %bp, align 8
  %bep = getelementptr i64, ptr %ends, i64 %j
  %be = load <4 x i64>, ptr %bep, align 8
  %x = icmp slt <4 x i64> %as, %be
  %y = icmp slt <4 x i64> %b, %aes
  %xy = and <4 x i1> %x, %y
  %more = zext <4 x i1> %xy to <4 x i64>
  %counted = add <4 x i64> %count, %more
  %j4 = add i64 %j, 4
  %jm = icmp ult i64 %j4, %n
  br i1 %jm, label %inner, label %sum
sum:
  %found = call i64 @llvm.vector.reduce.add.v4i64(<4 x i64> %counted)
  %filled = icmp slt i64 %a, %ae
  %itself = zext i1 %filled to i64
  %other = icmp ne i64 %found, %itself
  br i1 %other, label %fail, label %outer.next
outer.next:
  %k1 = add i64 %k, 1
  %km = icmp ult i64 %k1, %writes
  br i1 %km, label %outer, label %done
)";

/// {0} symbol, {1} arguments, {2} index, {3} workspace, {4} first code for null, {5} for overlap,
/// {6} for index checks, {7} mark, {8} weights, {9} core symbol, {10} arguments and padding, {11}
/// what fills the padding, {12} written arguments.
constexpr std::string_view function_text = R"(
declare hidden i32 @{9}(ptr, ptr, ptr)
define i32 @{0}(ptr %args, ptr %workspace, i64 %size) #0 {{
entry:
  %table = alloca [{10} x ptr], align 16
  %ends = alloca [{10} x i64], align 16
  %noargs = icmp eq ptr %args, null
  br i1 %noargs, label %e.args, label %check.workspace
e.args:
  ret i32 1
check.workspace:
  %nows = icmp eq ptr %workspace, null
  %small = icmp ult i64 %size, {3}
  %badws = or i1 %nows, %small
  br i1 %badws, label %e.workspace, label %check.mark
e.workspace:
  ret i32 2
check.mark:
  %mark = load i64, ptr %workspace, align 1
  %known = icmp eq i64 %mark, {7}
  br i1 %known, label %check.pointers, label %ask
ask:
  %ok = call i1 @nnc_cpu_ok()
  br i1 %ok, label %remember, label %e.cpu
e.cpu:
  ret i32 3
remember:
  store i64 {7}, ptr %workspace, align 1
  br label %check.pointers
check.pointers:
{11}  %c = call i32 @nnc_collect(ptr %args, ptr %table, ptr %ends, ptr @nnc_sizes_{2},
                               ptr @nnc_offsets_{2}, ptr {8}, i64 {1}, i32 {4})
  %cbad = icmp ne i32 %c, 0
  br i1 %cbad, label %e.pointer, label %check.overlap
e.pointer:
  ret i32 %c
check.overlap:
  %o = call i32 @nnc_overlap(ptr %table, ptr %ends, ptr @nnc_written_{2}, i64 {12}, i64 {1},
                               i32 {5})
  %obad = icmp ne i32 %o, 0
  br i1 %obad, label %e.overlap, label %go
e.overlap:
  ret i32 %o
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

/// Arguments that are compared with others at a time.
constexpr std::size_t at_a_time = 4;

/// Stores of arguments that overlap none, up to a multiple of `at_a_time`.
std::string padding_text(std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i)
    text += fmt::format("  %start.{0} = getelementptr i64, ptr %table, i64 {0}\n"
                        "  store i64 {1}, ptr %start.{0}, align 8\n"
                        "  %end.{0} = getelementptr i64, ptr %ends, i64 {0}\n"
                        "  store i64 0, ptr %end.{0}, align 8\n",
                        i, std::numeric_limits<std::int64_t>::max());
  return text;
}

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
             "\"no-builtins\" }\n"
             "attributes #1 = { nounwind \"target-cpu\"=\"x86-64\" \"target-features\"=\"+avx2\" "
             "\"frame-pointer\"=\"none\" \"no-builtins\" }\n";
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
    std::vector<std::size_t> written;
    for (std::size_t k = 0; k < arguments.size(); ++k)
      if (arguments[k].written) written.push_back(k);
    text_ += array_constant(fmt::format("nnc_written_{}", i), "i64", written, std::identity());
    const Codes codes = messages_.add(function);
    workspaces_.push_back(workspace_for(arena_bytes_[i]));
    const std::size_t padded = (arguments.size() + at_a_time - 1) / at_a_time * at_a_time;
    text_ += fmt::format(fmt::runtime(function_text), function.c_name, arguments.size(), i,
                         workspaces_.back(), codes.missing, codes.overlap, codes.index - 1, mark(),
                         module_.embedded ? std::string("@") + weights_symbol : "null",
                         core_symbol(function), padded, padding_text(arguments.size(), padded),
                         written.size());
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
