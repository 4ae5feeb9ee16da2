/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All that the stand-in can be.
 */
#include "provider-protocol.h"

extern const ProviderProtocol openai_chat_protocol;

const ProviderProtocol *const provider_protocols[] = {
  &openai_chat_protocol,
  NULL
};
