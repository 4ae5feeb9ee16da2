/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/provider.h>
#include <gst-voice/tts.h>

/* A synthesiser's WebSocket: it stands from the beginning of the call, is
 * opened again when it closes, and is asked for one sentence after the other.
 * Everything in the stage's task, or while that does not run. */
typedef struct _TtsSocket TtsSocket;

/**
 * TtsSocketFuncs:
 * @connect: (transfer full): a link that was not opened, with the provider's
 *   deadlines and the key
 * @begun: (nullable): the link is a new one: nothing was sent, and what the old
 *   one owed does not count any more
 * @ask: asks for @text with tts_socket_send()
 * @forget: the sentence that was asked for is not wanted any more; the link
 *   stands
 * @text: a message has come
 * @binary: (nullable): likewise
 *
 * What a protocol is made of.
 */
typedef struct
{
  GstVoiceLink *(*connect) (GstVoiceTts * tts);
  void (*begun) (GstVoiceTts * tts);
  void (*ask) (GstVoiceTts * tts, const gchar * text);
  void (*forget) (GstVoiceTts * tts);
  void (*text) (GstVoiceTts * tts, const gchar * text, gsize size);
  void (*binary) (GstVoiceTts * tts, GBytes * bytes);
} TtsSocketFuncs;

TtsSocket *tts_socket_new (GstVoiceTts * tts, GstVoiceProvider * provider,
    const TtsSocketFuncs * funcs);
void tts_socket_free (TtsSocket * socket);

void tts_socket_start (TtsSocket * socket, guint rate, const gchar * model);
void tts_socket_open (TtsSocket * socket);
void tts_socket_stop (TtsSocket * socket, const gchar * goodbye);

void tts_socket_speak (TtsSocket * socket, const gchar * text);
void tts_socket_cancel (TtsSocket * socket);

void tts_socket_send (TtsSocket * socket, const gchar * text);
void tts_socket_renew (TtsSocket * socket, const gchar * goodbye);
gboolean tts_socket_is_owed (TtsSocket * socket);
void tts_socket_expect (TtsSocket * socket);
void tts_socket_sound (TtsSocket * socket, GBytes * sound,
    const GstVoiceWords * words);
void tts_socket_done (TtsSocket * socket);
void tts_socket_fail (TtsSocket * socket, GError * error);
void tts_socket_break (TtsSocket * socket, GError * error);
