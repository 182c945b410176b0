#include "runtime/files/npz.h"

#include "ir/messages.h"
#include "runtime/files/atomic_write.h"
#include "runtime/files/npy.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <set>
#include <zip.h>

namespace nnc {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

// Deflate cannot do better than 258 bytes from two bits.
constexpr std::uint64_t deflate_ratio = 1032;

class ArchiveReader {
public:
  ArchiveReader(std::span<const std::byte> bytes, std::string_view name, const FileLimits& limits)
      : bytes_(bytes), name_(name), limits_(limits) {}

  Result<std::vector<NamedTensor>> read() {
    if (bytes_.empty()) return malformed("it is empty"); // for libzip an archive without entries
    zip_error_t fault;
    zip_error_init(&fault);
    Source source(zip_source_buffer_create(bytes_.data(), bytes_.size(), 0, &fault));
    Archive archive(source ? zip_open_from_source(source.get(), ZIP_RDONLY, &fault) : nullptr);
    const std::string why = archive ? "" : zip_error_strerror(&fault);
    zip_error_fini(&fault);
    if (!archive) return malformed(why);
    source.release(); // now the archive's

    std::vector<NamedTensor> tensors;
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      auto tensor = read_entry(archive.get(), static_cast<zip_uint64_t>(i));
      if (!tensor) return std::move(tensor).error();
      tensors.push_back(std::move(*tensor));
    }
    return tensors;
  }

private:
  Error malformed(const std::string& why) const {
    return {.code = "E0612",
            .message = quote(name_, 4096) + " is not a valid .npz file: " + why,
            .place = {std::string(name_)}};
  }

  Result<NamedTensor> read_entry(zip_t* archive, zip_uint64_t index) {
    zip_stat_t status; // names in UTF-8, whatever the archive holds
    if (zip_stat_index(archive, index, ZIP_FL_ENC_GUESS, &status) != 0)
      return malformed(zip_strerror(archive));
    const std::string file = status.name;
    if (auto error = check_entry(file, status)) return *error;
    Entry entry(zip_fopen_index(archive, index, 0));
    if (!entry) return malformed(quote(file) + ": " + zip_strerror(archive));
    auto bytes = expand(entry.get(), file, status.size);
    if (!bytes) return std::move(bytes).error();
    auto tensor = read_npy(*bytes, inner_name(file), limits_);
    if (!tensor) return std::move(tensor).error();
    return NamedTensor{file.substr(0, file.size() - 4), std::move(*tensor)};
  }

  std::string inner_name(const std::string& file) const { return std::string(name_) + ":" + file; }

  // All that can be said before anything is expanded.
  Status check_entry(const std::string& file, const zip_stat_t& status) {
    constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((status.valid & needed) != needed) return malformed(quote(file) + " has no size");
    if (!file.ends_with(".npy") || file.size() == 4)
      return malformed(quote(file) + " is not named like a tensor (NAME.npy)");
    if (!names_.insert(file).second) return malformed(quote(file) + " is there twice");
    if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) && status.encryption_method != ZIP_EM_NONE)
      return malformed(quote(file) + " is encrypted");
    const bool stored = status.comp_method == ZIP_CM_STORE;
    if (!stored && status.comp_method != ZIP_CM_DEFLATE)
      return malformed(fmt::format("{} is compressed by method {}, known are 0 (stored) and 8 "
                                   "(deflate)",
                                   quote(file), status.comp_method));
    // Entries may not share their bytes: together they are no longer than the file.
    packed_ += std::min<std::uint64_t>(status.comp_size, bytes_.size() + 1);
    if (packed_ > bytes_.size())
      return malformed(quote(file) + " is longer than what the file holds of it");
    if (status.size > status.comp_size * (stored ? 1 : deflate_ratio))
      return malformed(fmt::format("{} cannot expand from {} to {} bytes", quote(file),
                                   status.comp_size, status.size));
    expanded_ += status.size; // no overflow: at most 1032 times the file's size
    if (expanded_ > static_cast<std::uint64_t>(limits_.bytes))
      return malformed(fmt::format("it expands to more than the limit of {} bytes", limits_.bytes));
    return std::nullopt;
  }

  Result<Bytes> expand(zip_file_t* entry, const std::string& file, std::uint64_t size) const {
    constexpr std::uint64_t prefix = 12;
    const auto header_most = static_cast<std::uint64_t>(limits_.npy_header) + prefix;
    Bytes bytes;
    if (auto error = append(entry, file, bytes, std::min(size, header_most))) return *error;
    auto header = read_npy_header(bytes, inner_name(file), limits_);
    if (!header) return std::move(header).error();
    const auto declared = header->data_begin + static_cast<std::uint64_t>(header->type.bytes());
    if (declared != size)
      return malformed(fmt::format("{}: its header declares {} bytes, the archive {}", quote(file),
                                   declared, size));
    if (auto error = append(entry, file, bytes, size)) return *error;
    std::byte more; // at the end libzip checks the sum over all bytes
    const zip_int64_t got = zip_fread(entry, &more, 1);
    if (got < 0) return malformed(quote(file) + ": " + zip_file_strerror(entry));
    if (got > 0) return malformed(quote(file) + " expands to more bytes than it declares");
    return bytes;
  }

  // Reads until `bytes` has `size` bytes.
  Status append(zip_file_t* entry, const std::string& file, Bytes& bytes,
                std::uint64_t size) const {
    std::size_t filled = bytes.size();
    try {
      bytes.resize(size);
    } catch (const std::exception&) {
      return Error{.code = "E0602",
                   .message = fmt::format("there is no memory for {} of {} ({} bytes)", quote(file),
                                          quote(name_, 4096), size)};
    }
    while (filled < size) {
      const zip_int64_t got = zip_fread(entry, bytes.data() + filled, size - filled);
      if (got < 0) return malformed(quote(file) + ": " + zip_file_strerror(entry));
      if (got == 0) return malformed(quote(file) + " ends early");
      filled += static_cast<std::size_t>(got);
    }
    return std::nullopt;
  }

  std::span<const std::byte> bytes_;
  std::string_view name_;
  const FileLimits& limits_;
  std::set<std::string> names_;
  std::uint64_t packed_ = 0, expanded_ = 0;
};

Error cannot_pack(const std::string& why) {
  return {.code = "E0612", .message = "cannot make an .npz file: " + why};
}

// Adds one entry; `bytes` must live until the archive is closed.
Status add_entry(zip_t* archive, const std::string& name, const Bytes& bytes) {
  Source source(zip_source_buffer(archive, bytes.data(), bytes.size(), 0));
  if (!source) return cannot_pack(zip_strerror(archive));
  const zip_int64_t index =
      zip_file_add(archive, (name + ".npy").c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0) return cannot_pack(quote(name) + ": " + zip_strerror(archive));
  source.release();
  const auto entry = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t first_day_of_dos = (1 << 5) | 1; // 1980-01-01
  if (zip_set_file_compression(archive, entry, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, entry, 0, first_day_of_dos, 0) != 0)
    return cannot_pack(quote(name) + ": " + zip_strerror(archive));
  return std::nullopt;
}

Result<Bytes> bytes_of(zip_source_t* source) {
  zip_stat_t status;
  if (zip_source_stat(source, &status) != 0 || zip_source_open(source) != 0)
    return cannot_pack(zip_error_strerror(zip_source_error(source)));
  Bytes bytes(status.size);
  const zip_int64_t got = zip_source_read(source, bytes.data(), status.size);
  zip_source_close(source);
  if (got != static_cast<zip_int64_t>(status.size)) return cannot_pack("it cannot be read back");
  return bytes;
}

} // namespace

Result<std::vector<NamedTensor>> read_npz(std::span<const std::byte> bytes, std::string_view name,
                                          const FileLimits& limits) {
  return ArchiveReader(bytes, name, limits).read();
}

Result<Bytes> write_npz(std::span<const NamedTensor> tensors) {
  std::set<std::string> names;
  std::vector<Bytes> files;
  for (const NamedTensor& item : tensors) {
    if (item.name.empty() || item.name.find('\0') != std::string::npos)
      return cannot_pack(quote(item.name) + " is no name for a tensor");
    if (!names.insert(item.name).second) return cannot_pack(quote(item.name) + " is there twice");
    files.push_back(write_npy(item.tensor));
  }
  if (tensors.empty()) { // libzip makes no archive without entries: this is its closing record
    Bytes closing(22);
    std::memcpy(closing.data(), "PK\5\6", 4);
    return closing;
  }
  zip_error_t fault;
  zip_error_init(&fault);
  Source buffer(zip_source_buffer_create(nullptr, 0, 0, &fault));
  Archive archive(buffer ? zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &fault)
                         : nullptr);
  const std::string why = archive ? "" : zip_error_strerror(&fault);
  zip_error_fini(&fault);
  if (!archive) return cannot_pack(why);
  zip_source_keep(buffer.get()); // one share is the archive's, the other reads the result
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (auto error = add_entry(archive.get(), tensors[i].name, files[i])) return *error;
  if (zip_close(archive.get()) != 0) return cannot_pack(zip_strerror(archive.get()));
  archive.release();
  return bytes_of(buffer.get());
}

Result<std::vector<NamedTensor>> load_npz(const std::string& path, const FileLimits& limits) {
  const auto bytes = read_file(path, limits);
  if (!bytes) return bytes.error();
  return read_npz(*bytes, path, limits);
}

Status save_npz(const std::string& path, std::span<const NamedTensor> tensors) {
  const auto bytes = write_npz(tensors);
  if (!bytes) return bytes.error();
  return write_file(path, *bytes);
}

} // namespace nnc
