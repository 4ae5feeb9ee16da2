/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stt-sound.h"
#include "speech-wire.h"

#include <gst-voice/provider.h>
#include <gst-voice/stt.h>

/* The base of recognisers that hear over a socket: what was not final is sent
 * again when it breaks, and times stay true. A subclass has the protocol. */
#define GST_TYPE_VOICE_STREAM_STT (gst_voice_stream_stt_get_type ())
#define GST_VOICE_STREAM_STT(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), \
    GST_TYPE_VOICE_STREAM_STT, GstVoiceStreamStt))
#define GST_VOICE_STREAM_STT_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), \
    GST_TYPE_VOICE_STREAM_STT, GstVoiceStreamSttClass))
#define GST_VOICE_STREAM_STT_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS \
    ((obj), GST_TYPE_VOICE_STREAM_STT, GstVoiceStreamSttClass))
typedef struct _GstVoiceStreamStt GstVoiceStreamStt;
typedef struct _GstVoiceStreamSttClass GstVoiceStreamSttClass;
GType gst_voice_stream_stt_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoiceStreamStt, gst_object_unref)

/**
 * SttSaying:
 * @text: what was understood
 * @start: of it, nanoseconds since the first sample of the connection, or
 *   %SPEECH_NO_TIME; counts where there are no words
 * @end: likewise
 * @confidence: 0 to 1, or negative
 * @language: (nullable): where it is recognised
 * @words: (nullable): array of SpeechWord
 * @asked_for: it is what we have asked for with `ask_for_final`
 */
typedef struct
{
  const gchar *text;
  gint64 start, end;
  gdouble confidence;
  const gchar *language;
  GArray *words;
  gboolean asked_for;
} SttSaying;

/**
 * GstVoiceStreamSttClass:
 * @info: of the service
 * @chunk: the messages of sound are multiples of that
 * @whole_chunks: no message may be shorter
 * @most: and none longer than that
 * @pace: what is sent again goes so many times as fast as it was said; 0: at
 *   once
 * @keep_alive: (nullable): what to send when nothing else is
 * @goodbye: (nullable): what to send before we hang up
 * @by_time: it charges for how long the connection stands, not for the sound
 * @connect: sets `link`, to connect after so many ms; the base's uses @path
 * @path: (transfer full): behind the address, with what the service wants to
 *   know
 * @greet: (nullable): what comes before the first sound
 * @send: (nullable): sends sound; as it is, unless there is such a function
 * @ask_for_final: all sound is sent, and nobody speaks
 * @finish: all sound is sent, and there will be none
 * @text: a message; %FALSE if it is no JSON object
 * @why: (nullable): a better error for this end; @quiet if it is none of the
 *   service's faults
 * @reset: (nullable): the connection is gone, or about to be left
 */
struct _GstVoiceStreamSttClass
{
  GstVoiceSttClass parent_class;

  const GstVoiceProviderInfo *info;
  GstClockTime chunk, most;
  gboolean whole_chunks, by_time;
  guint pace;
  const gchar *keep_alive, *goodbye;

  void (*connect) (GstVoiceStreamStt * self, guint delay);
  gchar *(*path) (GstVoiceStreamStt * self);
  void (*greet) (GstVoiceStreamStt * self);
  void (*send) (GstVoiceStreamStt * self, const gint16 * samples, gsize n);
  void (*ask_for_final) (GstVoiceStreamStt * self);
  void (*finish) (GstVoiceStreamStt * self);
  gboolean (*text) (GstVoiceStreamStt * self, const gchar * text, gsize size);
  GError *(*why) (GstVoiceStreamStt * self, const GstVoiceLinkEnd * end,
      gboolean * quiet);
  void (*reset) (GstVoiceStreamStt * self);
};

typedef struct
{
  gchar *key_terms;
  guint attempts;
} SttStreamOptions;

struct _GstVoiceStreamStt
{
  GstVoiceStt parent;

  /* set once when it is made */
  GstVoiceProvider *provider;

  /* object lock */
  SttStreamOptions options;

  /* state changes, read by the task */
  SttStreamOptions now;

  /* task only, and state changes while it does not run */
  guint rate;
  SttSound *sound;              /* (nullable): before the rate is known */
  GstVoiceLink *link;           /* (nullable): before that, and after all */
  guint failures;               /* in vain, one after the other */
  gint64 opened_us;
  gint64 renew_us;              /* when to take a new connection; 0: never */
  gint64 paid_us;               /* it stands, and up to then was told; or 0 */
  guint64 unpaid;               /* samples that it got since then */
  guint64 base;                 /* the first sample of this connection */
  guint64 sent;                 /* the next one that is to be sent */
  guint64 allowed;              /* and the one before which to stop */
  guint64 covered;              /* all before it is final */
  guint segment;
  gboolean pending;             /* the segment has an interim */
  gboolean owed;                /* an answer to something else */
  gboolean unended;             /* words since the last end of turn */
  gboolean by_vad, speaking;
  gboolean patient;             /* no news while somebody speaks is fine */
  gboolean held_back;           /* sound is not sent for the time being */
  gboolean flowing, timed;      /* timed: the timer looks after that */
  guint64 flowed;               /* the end of the sound when it last looked */
  gboolean expecting;
  gboolean asking;              /* for the final, behind all sound */
  gboolean finishing, finished, failed; /* finished: the service knows */
  gint64 asked_us;              /* when it was asked for the final, or 0 */
};

/* The first timer that is the subclass's. */
#define GST_VOICE_STREAM_STT_TIMERS 1

/* All in the task. */
void gst_voice_stream_stt_tell (GstVoiceStreamStt * self,
    const SttSaying * saying, gboolean is_final);
void gst_voice_stream_stt_end_of_turn (GstVoiceStreamStt * self,
    gdouble confidence);
guint64 gst_voice_stream_stt_sample (GstVoiceStreamStt * self, gint64 time);
void gst_voice_stream_stt_cover (GstVoiceStreamStt * self, guint64 sample);
void gst_voice_stream_stt_ask (GstVoiceStreamStt * self);
void gst_voice_stream_stt_expires (GstVoiceStreamStt * self, gint64 unix_time);
void gst_voice_stream_stt_spent (GstVoiceStreamStt * self,
    GstClockTime audio);
void gst_voice_stream_stt_watch (GstVoiceStreamStt * self);
void gst_voice_stream_stt_drained (GstVoiceStreamStt * self);
void gst_voice_stream_stt_recover (GstVoiceStreamStt * self,
    const GError * error, gint64 retry_after, gboolean quiet);
