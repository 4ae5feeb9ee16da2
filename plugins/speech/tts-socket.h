/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/provider.h>
#include <gst-voice/tts.h>

/* The base of synthesisers that speak over a socket: it stands from the
 * beginning of the call, is opened again when it closes, and is asked for one
 * sentence after the other. A subclass has the protocol, and the property
 * `rate`. */
#define GST_TYPE_VOICE_SOCKET_TTS (gst_voice_socket_tts_get_type ())
#define GST_VOICE_SOCKET_TTS(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), \
    GST_TYPE_VOICE_SOCKET_TTS, GstVoiceSocketTts))
#define GST_VOICE_SOCKET_TTS_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), \
    GST_TYPE_VOICE_SOCKET_TTS, GstVoiceSocketTtsClass))
#define GST_VOICE_SOCKET_TTS_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS \
    ((obj), GST_TYPE_VOICE_SOCKET_TTS, GstVoiceSocketTtsClass))
typedef struct _GstVoiceSocketTts GstVoiceSocketTts;
typedef struct _GstVoiceSocketTtsClass GstVoiceSocketTtsClass;
GType gst_voice_socket_tts_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoiceSocketTts, gst_object_unref)

/**
 * GstVoiceSocketTtsClass:
 * @info: of the service
 * @keep_alive: (nullable): what to send when nothing else is
 * @goodbye: (nullable): what to send before we hang up
 * @path: (transfer full): behind the address, with what the service wants to
 *   know
 * @begun: (nullable): the link is a new one: nothing was sent, and what the old
 *   one owed does not count any more
 * @ask: asks for @text with gst_voice_socket_tts_send()
 * @forget: the sentence that was asked for is not wanted any more; the link
 *   stands
 * @text: a message has come
 * @binary: (nullable): likewise
 * @paid_by: (nullable): what the sentence is paid by; the base's is the model
 *
 * All in the stage's task, or while that does not run.
 */
struct _GstVoiceSocketTtsClass
{
  GstVoiceTtsClass parent_class;

  const GstVoiceProviderInfo *info;
  const gchar *keep_alive, *goodbye;

  gchar *(*path) (GstVoiceSocketTts * self);
  void (*begun) (GstVoiceSocketTts * self);
  void (*ask) (GstVoiceSocketTts * self, const gchar * text);
  void (*forget) (GstVoiceSocketTts * self);
  void (*text) (GstVoiceSocketTts * self, const gchar * text, gsize size);
  void (*binary) (GstVoiceSocketTts * self, GBytes * bytes);
  const gchar *(*paid_by) (GstVoiceSocketTts * self);
};

struct _GstVoiceSocketTts
{
  GstVoiceTts parent;

  /* set once when it is made */
  GstVoiceProvider *provider;

  /* state changes, read by the task */
  guint rate;
  gint64 total_us;

  /* task only, and state changes while it does not run */
  GstVoiceLink *link;           /* (nullable) */
  gboolean delayed;             /* it may wait before it connects */
  gboolean stood;               /* it has been open */
  gint64 opened_us;
  guint attempts;               /* to keep it open, in vain */
  gchar *text;                  /* (nullable): the sentence that is owed */
  gboolean warm;                /* asked for over one that stood already */
  gboolean heard;               /* something of it has come */
  gboolean sounded;             /* so has sound */
  gint64 asked_us;
  gint64 held_us;               /* of that: what nobody took its sound */
  guint8 odd;                   /* half a sample */
  gboolean has_odd;
};

/* All in the task. */
void gst_voice_socket_tts_send (GstVoiceSocketTts * self, const gchar * text);
void gst_voice_socket_tts_take (GstVoiceSocketTts * self, gchar * text);
void gst_voice_socket_tts_renew (GstVoiceSocketTts * self);
void gst_voice_socket_tts_expect (GstVoiceSocketTts * self);
void gst_voice_socket_tts_sound (GstVoiceSocketTts * self, GBytes * sound,
    const GArray * from);
void gst_voice_socket_tts_done (GstVoiceSocketTts * self);
void gst_voice_socket_tts_fail (GstVoiceSocketTts * self, GError * error);
void gst_voice_socket_tts_break (GstVoiceSocketTts * self, GError * error);
