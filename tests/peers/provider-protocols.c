/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All that the stand-in can be.
 */
#include "provider-protocol.h"

extern const ProviderProtocol openai_chat_protocol;
extern const ProviderProtocol deepgram_listen_protocol;
extern const ProviderProtocol deepgram_speak_protocol;
extern const ProviderProtocol cartesia_protocol;
extern const ProviderProtocol elevenlabs_protocol;
extern const ProviderProtocol openai_speech_protocol;
extern const ProviderProtocol openai_transcription_protocol;
extern const ProviderProtocol openai_realtime_protocol;
extern const ProviderProtocol assemblyai_protocol;
extern const ProviderProtocol gemini_protocol;
extern const ProviderProtocol probe_protocol;

const ProviderProtocol *const provider_protocols[] = {
  &openai_chat_protocol,
  &deepgram_listen_protocol,
  &deepgram_speak_protocol,
  &cartesia_protocol,
  &elevenlabs_protocol,
  &openai_speech_protocol,
  &openai_transcription_protocol,
  &openai_realtime_protocol,
  &assemblyai_protocol,
  &gemini_protocol,
  &probe_protocol,
  NULL
};
