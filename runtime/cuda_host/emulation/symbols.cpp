#include "symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

namespace nnc::cuda_host {

namespace {

/// Calls `visit` for the loaded file that holds this function.
void visit_library(const std::function<void(const dl_phdr_info&)>& visit) {
  struct Search {
    std::uintptr_t address;
    const std::function<void(const dl_phdr_info&)>& visit;
  } search{reinterpret_cast<std::uintptr_t>(&visit_library), visit};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        const auto& wanted = *static_cast<Search*>(data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          if (header.p_type != PT_LOAD) continue;
          if (wanted.address - (info->dlpi_addr + header.p_vaddr) >= header.p_memsz) continue;
          wanted.visit(*info);
          return 1;
        }
        return 0;
      },
      &search);
}

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> result(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? std::string(result.get()) : name;
}

/// The name alone: without parameters, and without the result that templates have.
std::string short_name(const std::string& full) {
  std::string name = full;
  int depth = 0;
  std::size_t begin = 0, end = name.size();
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth == 0 && name[i] == ' ') begin = i + 1;
    if (depth == 0 && name[i] == '(' && name.compare(i, 11, "(anonymous ") != 0) {
      end = i;
      break;
    }
  }
  return name.substr(begin, end - begin);
}

/// What follows the function in "f(int)::array".
std::string local_name(const std::string& full) {
  const std::size_t at = full.rfind("::");
  return at == std::string::npos ? full : full.substr(at + 2);
}

/// "_Z1fi" of "_ZZ1fiE4tile", whose own name is `array`; empty outside of functions.
std::string declared_in(const std::string& mangled, const std::string& array) {
  if (mangled.compare(0, 3, "_ZZ") != 0) return {};
  const std::size_t at = mangled.rfind("E" + std::to_string(array.size()) + array);
  return at == std::string::npos ? std::string() : "_Z" + mangled.substr(3, at - 3);
}

/// An element of a file's bytes, or null where they end before it.
template <class T>
const T* element(const std::vector<char>& bytes, std::uint64_t offset, std::uint64_t index = 0) {
  const std::uint64_t begin = offset + index * sizeof(T);
  return begin + sizeof(T) <= bytes.size() ? reinterpret_cast<const T*>(bytes.data() + begin)
                                           : nullptr;
}

/// The section of all symbols.
const Elf64_Shdr* symbol_section(const std::vector<char>& bytes) {
  const auto* header = element<Elf64_Ehdr>(bytes, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return nullptr;
  for (unsigned i = 0; i < header->e_shnum; ++i)
    if (const auto* section = element<Elf64_Shdr>(bytes, header->e_shoff, i))
      if (section->sh_type == SHT_SYMTAB) return section;
  return nullptr;
}

} // namespace

Symbols::Symbols() {
  visit_library([this](const dl_phdr_info& info) {
    base_ = info.dlpi_addr;
    file_ = info.dlpi_name;
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      const auto& header = info.dlpi_phdr[i];
      const std::uintptr_t begin = base_ + header.p_vaddr;
      if (header.p_type == PT_LOAD) segments_.push_back({begin, begin + header.p_memsz});
    }
  });
  read_file(file_.empty() ? "/proc/self/exe" : file_);
}

void Symbols::read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
  const Elf64_Shdr* symbols = symbol_section(bytes);
  if (!symbols) return;
  const auto* file = element<Elf64_Ehdr>(bytes, 0);
  const auto* names = element<Elf64_Shdr>(bytes, file->e_shoff, symbols->sh_link);
  for (std::uint64_t i = 0; names && i < symbols->sh_size / sizeof(Elf64_Sym); ++i) {
    const auto* symbol = element<Elf64_Sym>(bytes, symbols->sh_offset, i);
    if (!symbol || symbol->st_shndx == SHN_UNDEF || symbol->st_size == 0) continue;
    const char* name = element<char>(bytes, names->sh_offset + symbol->st_name);
    if (!name) continue;
    const int type = ELF64_ST_TYPE(symbol->st_info);
    if (type == STT_FUNC) functions_.push_back({base_ + symbol->st_value, symbol->st_size, name});
    if (type != STT_TLS) continue;
    const std::string array = local_name(demangled(name));
    arrays_.push_back({array, symbol->st_value, symbol->st_size, declared_in(name, array)});
  }
}

namespace {
[[gnu::constructor]] void read_when_loaded() { Symbols::of_library(); }
} // namespace

const Symbols& Symbols::of_library() {
  static const Symbols symbols;
  return symbols;
}

const Symbols::Function* Symbols::function_at(std::uintptr_t address) const {
  for (const Function& function : functions_)
    if (address - function.begin < function.size) return &function;
  return nullptr;
}

std::string Symbols::function(const void* address) const {
  const auto code = reinterpret_cast<std::uintptr_t>(address);
  const Function* found = function_at(code);
  return found ? short_name(demangled(found->mangled)) : place(code);
}

const Symbols::Array* Symbols::shared_array(std::uint64_t offset) const {
  for (const Array& array : arrays_)
    if (offset - array.begin < array.size) return &array;
  return nullptr;
}

std::string Symbols::mangled(const void* function) const {
  const Function* found = function_at(reinterpret_cast<std::uintptr_t>(function));
  return found ? found->mangled : std::string();
}

std::uint64_t Symbols::static_shared(const void* function) const {
  const std::string name = mangled(function);
  std::uint64_t sum = 0;
  for (const Array& array : arrays_)
    if (!name.empty() && array.function == name) sum += array.size;
  return sum;
}

std::string Symbols::place(std::uintptr_t code) const {
  std::ostringstream stream;
  stream << (file_.empty() ? "program" : file_.substr(file_.rfind('/') + 1)) << "+0x" << std::hex
         << code - base_;
  return stream.str();
}

bool Symbols::in_library(std::uintptr_t address) const {
  for (const Range& segment : segments_)
    if (segment.holds(address)) return true;
  return false;
}

Range thread_storage() {
  Range range;
  visit_library([&range](const dl_phdr_info& info) {
    for (int i = 0; i < info.dlpi_phnum; ++i)
      if (info.dlpi_phdr[i].p_type == PT_TLS && info.dlpi_tls_data)
        range.begin = reinterpret_cast<std::uintptr_t>(info.dlpi_tls_data),
        range.end = range.begin + info.dlpi_phdr[i].p_memsz;
  });
  return range;
}

} // namespace nnc::cuda_host
