#include "frontends/cli/program.h"

int main(int argc, char** argv) {
  return nnc::cli::run_program(argc, argv, nnc::cli::all_commands());
}
