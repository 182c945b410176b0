// A model with other sizes: of its params and state too, which a session holds from the beginning.
#pragma once

#include "frontends/host/source.h"

namespace nnc {

/// The model with these sizes in place of its own and of its functions'. E0306 for a size that it
/// lacks, E0109 for a number that no size can be.
OrErrors<Source> with_sizes(Source source,
                            std::span<const std::pair<std::string, std::int64_t>> sizes);

} // namespace nnc
