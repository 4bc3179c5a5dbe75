// Which headers hold secrets: their values are not kept with a result, and don't tell plans apart.
// Pure; any thread.
#pragma once

#include <string_view>

namespace muster {

// A name that contains, in any case, one of: auth, cookie, token, secret, password, api-key,
// apikey, session, signature, credential.
bool IsSecretHeader(std::string_view name);

}  // namespace muster
