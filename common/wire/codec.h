// The only place that turns values into protobuf and back: the plan (plan_codec.h), a worker's
// batch (batch_codec.h) and the session's messages (session_codec.h, for the pipes alone). Pure
// functions; any thread. Decoding input from the network: anything malformed, out of range or over
// a limit is a Status that names the field. Encoding trusts its input.
#pragma once

#include "common/wire/batch_codec.h"
#include "common/wire/plan_codec.h"
