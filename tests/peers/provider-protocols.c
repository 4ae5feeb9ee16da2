/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All that the stand-in can be.
 */
#include "provider-protocol.h"

extern const ProviderProtocol openai_chat_protocol;
extern const ProviderProtocol deepgram_listen_protocol;
extern const ProviderProtocol deepgram_speak_protocol;

const ProviderProtocol *const provider_protocols[] = {
  &openai_chat_protocol,
  &deepgram_listen_protocol,
  &deepgram_speak_protocol,
  NULL
};
