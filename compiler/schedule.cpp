#include "compiler/schedule.h"

#include "compiler/schedule/batch_layout.h"
#include "compiler/schedule/forms.h"
#include "compiler/schedule/loop_layout.h"
#include "compiler/schedule/small_stages.h"
#include "ir/kernel/kernel_list.h"

namespace nnc {

KernelProgram schedule(KernelProgram program) {
  program = split_small_rows(std::move(program));
  set_forms(program);
  program = lay_out_for_loops(lay_out_batches(std::move(program)));
  name_kernels(program);
  return program;
}

} // namespace nnc
