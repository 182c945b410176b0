#include "runtime/files/safetensors_json.h"

#include "ir/messages.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace nnc {
namespace {

using json = nlohmann::json;

// Called by the JSON parser for each token; a handler that returns false ends the parse. What may
// come next is decided by `state_`, so nothing is ever nested deeper than the format is.
class HeaderSax : public nlohmann::json_sax<json> {
public:
  SafetensorsJsonResult result;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_float(double, const std::string& text) override {
    return unexpected("the number " + quote(text));
  }
  bool binary(json::binary_t&) override { return unexpected("binary data"); }
  bool number_integer(std::int64_t value) override {
    return unexpected("the number " + std::to_string(value));
  }

  bool number_unsigned(std::uint64_t value) override {
    if (state_ == State::shape) {
      if (value > static_cast<std::uint64_t>(max_size))
        return stop(fmt::format("{} has the size {}, over 2^40", quote(name_), value));
      if (entry().shape.size() == static_cast<std::size_t>(max_rank))
        return stop(fmt::format("{} has a rank over {}", quote(name_), max_rank));
      entry().shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (state_ != State::offsets) return unexpected("the number " + std::to_string(value));
    if (offsets_ == 2) return stop(quote(name_) + " has more than two data_offsets");
    (offsets_++ == 0 ? entry().begin : entry().end) = value;
    return true;
  }

  bool string(std::string& value) override {
    if (state_ == State::metadata && has_key_) {
      has_key_ = false;
      result.json.metadata[key_] = value;
      return true;
    }
    if (state_ != State::entry || key_ != "dtype") return unexpected("the string " + quote(value));
    entry().dtype = value;
    return true;
  }

  bool start_object(std::size_t) override {
    if (state_ == State::begin) return become(State::names);
    if (state_ != State::names) return unexpected("an object");
    if (name_ == "__metadata__") return become(State::metadata);
    result.json.entries.emplace_back().name = name_;
    seen_ = {};
    return become(State::entry);
  }

  bool key(std::string& value) override {
    if (state_ == State::names) {
      name_ = value;
      if (!names_.insert(value).second) return stop("the name " + quote(value) + " is there twice");
      return true;
    }
    key_ = value;
    has_key_ = true;
    if (state_ == State::metadata)
      return !result.json.metadata.contains(value) ||
             stop("the metadata has the key " + quote(value) + " twice");
    const auto known = std::find(keys.begin(), keys.end(), value);
    if (known == keys.end())
      return stop(fmt::format("{} has the unknown key {}", quote(name_), quote(value)));
    bool& seen = seen_[static_cast<std::size_t>(known - keys.begin())];
    if (seen) return stop(fmt::format("{} has the key {} twice", quote(name_), quote(value)));
    return seen = true;
  }

  bool end_object() override {
    if (state_ == State::entry)
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (!seen_[i]) return stop(fmt::format("{} has no key '{}'", quote(name_), keys[i]));
    return become(state_ == State::names ? State::end : State::names);
  }

  bool start_array(std::size_t) override {
    if (state_ != State::entry) return unexpected("an array");
    if (key_ == "shape") return become(State::shape);
    if (key_ != "data_offsets") return unexpected("an array");
    offsets_ = 0;
    return become(State::offsets);
  }

  bool end_array() override {
    if (state_ == State::offsets && offsets_ != 2)
      return stop(quote(name_) + " has less than two data_offsets");
    return become(State::entry);
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    return stop(fmt::format("its header is not JSON, from byte {} on", position));
  }

private:
  enum class State { begin, names, metadata, entry, shape, offsets, end };
  static constexpr std::array<std::string_view, 3> keys = {"dtype", "shape", "data_offsets"};

  SafetensorsEntry& entry() { return result.json.entries.back(); }
  bool become(State state) {
    state_ = state;
    return true;
  }
  bool stop(std::string why) {
    if (result.fault.empty()) result.fault = std::move(why);
    return false;
  }
  bool unexpected(const std::string& what) {
    const std::string where = state_ == State::begin   ? "as the header"
                              : state_ == State::names ? "for " + quote(name_)
                              : state_ == State::metadata
                                  ? "for the metadata's " + quote(key_)
                                  : fmt::format("for {} of {}", quote(key_), quote(name_));
    return stop(what + " stands " + where);
  }

  State state_ = State::begin;
  std::string name_, key_;
  bool has_key_ = false;
  std::array<bool, 3> seen_ = {};
  int offsets_ = 0;
  std::unordered_set<std::string> names_;
};

} // namespace

SafetensorsJsonResult parse_safetensors_json(std::string_view text) {
  HeaderSax sax;
  // The JSON parser takes a zero byte for the end of its input, whatever follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    sax.result.fault = fmt::format("its header is not JSON, from byte {} on", zero);
    return std::move(sax.result);
  }
  const bool fine = json::sax_parse(text.begin(), text.end(), &sax);
  if (!fine && sax.result.fault.empty()) sax.result.fault = "its header is not JSON";
  return std::move(sax.result);
}

std::optional<std::string> json_string(const std::string& text) {
  try {
    return json(text).dump();
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace nnc
