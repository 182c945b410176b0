// nnc in a C++ program: load or build a model, compile its functions, call them.
//
//   #include <frontends/host/nnc.h>
//
//   auto session = nnc::Session::load("digits_mlp.json", {.seed = 1});
//   if (!session) return complain(session.error());      // nnc::Error: code, message, place, help
//   auto predict = session->compile("predict", {.sizes = {{"N", 2}}});
//   std::vector<float> pixels(2 * 64), logits(2 * 10);
//   nnc::Status failed = (*predict)->call({pixels}, {logits});
//
// - A function takes its inputs and gives its outputs in the order of `"in"` and `"out"`,
// row-major.
//   Params and state belong to the session; a function that updates them leaves the new values
//   there, or, if the call fails, the old ones.
// - Sizes that the model leaves open are bound when a function is compiled: by `sizes`, or by the
//   types of inputs. Each binding is compiled once and kept.
// - Any value of a model can be compiled by its name, gradients of any order included.
// - What a session holds can leave it as an object file with a C header, which need no nnc to run:
//     const nnc::ObjectFunction functions[] = {{"predict", {.sizes = {{"N", 1}}}}};
//     auto object = session->object(functions, {.cpu = "x86-64-v3"});
//     failed = nnc::aot::write_object(*object, nnc::aot::paths_beside("out/digits_mlp"));
// - Nothing throws on wrong input: results are nnc::Result<T> or nnc::Status (empty = fine).
//
// CMake: find_package(nnc) in a build tree, or add_subdirectory; link nnc::nnc (examples/host).
#pragma once

#include "frontends/host/minimize/minimize.h"
#include "frontends/host/model_builder.h"
#include "frontends/host/session.h"
#include "frontends/host/train/trainer.h"
