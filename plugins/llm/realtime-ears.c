/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ears of openairealtime: the caller's sound at the service's rate, in
 * pieces, and what the service says of it as a recogniser says it: finals, ends
 * of turn. Where the service finds the turns, what it takes for
 * speech stands in the place of `vad`'s events, which end here.
 *
 * A sound whose words are not written down is a final all the same, or `turn`
 * would not know of it.
 *
 * Threads: as GstVoiceStage; the mind calls in its own and is answered in ours.
 * Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-ears.h"

#include <gst/audio/audio.h>
#include <string.h>

#define RATE OPENAI_REALTIME_RATE
#define PIECE (RATE / 50 * 2)   /* bytes: 20 ms */
#define MAX_SEGMENTS 64
#define MAX_SPANS 16
#define NO_WORDS "(speech)"

typedef struct
{
  gchar *item;                  /* nullable */
  guint n;                      /* from 1 */
  GstClockTime start, end;
} Segment;

typedef struct
{
  GstClockTime start, end;
} Span;

struct _GstVoiceRealtimeEars
{
  GstVoiceStt parent;

  /* set once */
  GstVoiceRealtimeMind *mind;

  /* state changes only, read in any thread */
  gboolean own;                 /* turns */
  gboolean transcribes;
  guint prefix;                 /* samples */

  /* task only */
  GstAudioConverter *converter; /* nullable */
  GByteArray *piece;
  guint64 total;                /* samples given */
  GstClockTime last;            /* running time behind the last of them */
  GstClockTime onset;           /* of the sound that goes on, or none */
  GQueue segments;              /* of Segment */
  guint n_segments;
  GArray *spans;                /* of Span: our own, not yet items */
  gboolean overflowed;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 16000, 8000, 12000, 48000 }"));

G_DEFINE_FINAL_TYPE (GstVoiceRealtimeEars, gst_voice_realtime_ears,
    GST_TYPE_VOICE_STT);

static void
segment_free (gpointer data)
{
  Segment *segment = data;

  g_free (segment->item);
  g_free (segment);
}

static GstClockTime
time_of_sample (GstVoiceRealtimeEars * self, gint64 sample)
{
  guint64 back;

  if (sample < 0 || !GST_CLOCK_TIME_IS_VALID (self->last))
    return GST_CLOCK_TIME_NONE;
  back = gst_util_uint64_scale (self->total - MIN ((guint64) sample,
          self->total), GST_SECOND, RATE);
  return self->last - MIN (back, self->last);
}

static gint64
sample_of_time (GstVoiceRealtimeEars * self, GstClockTime time)
{
  guint64 back = 0;

  if (GST_CLOCK_TIME_IS_VALID (time) && GST_CLOCK_TIME_IS_VALID (self->last)
      && time < self->last)
    back = gst_util_uint64_scale (self->last - time, RATE, GST_SECOND);
  return self->total - MIN (back, self->total);
}

static void
give_piece (GstVoiceRealtimeEars * self, gsize least)
{
  gchar *name;
  GBytes *bytes;

  if (self->piece->len < least || self->piece->len == 0)
    return;
  bytes = g_byte_array_free_to_bytes (self->piece);
  self->piece = g_byte_array_new ();
  if (realtime_mind_hear (self->mind, bytes)) {
    self->overflowed = FALSE;
  } else if (!self->overflowed) {
    self->overflowed = TRUE;
    name = gst_object_get_name (GST_OBJECT (self));
    gst_voice_stage_report (GST_VOICE_STAGE (self),
        gst_voice_structure_new ("overflow", "what", "audio", "element", name,
            "lost", GST_CLOCK_TIME_NONE, NULL));
    g_free (name);
  }
}

static void
convert (GstVoiceRealtimeEars * self, const gint16 * samples, gsize n)
{
  gsize most = gst_audio_converter_get_out_frames (self->converter, n);
  gint16 *out = g_new (gint16, MAX (most, 1));
  gpointer from[1] = { (gpointer) samples }, to[1] = { out };

  if (gst_audio_converter_samples (self->converter, 0, from, n, to, most)) {
    g_byte_array_append (self->piece, (const guint8 *) out, most * 2);
    self->total += most;
  }
  g_free (out);
}

static void
audio (GstVoiceStt * stt, const gint16 * samples, gsize n, GstClockTime start)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stt);
  GstClockTime length = gst_util_uint64_scale_int (GST_SECOND, n,
      gst_voice_stt_rate (stt));

  if (self->converter) {
    convert (self, samples, n);
  } else {
    g_byte_array_append (self->piece, (const guint8 *) samples, n * 2);
    self->total += n;
  }
  if (GST_CLOCK_TIME_IS_VALID (start))
    self->last = start + length;
  give_piece (self, PIECE);
}

static gboolean
set_rate (GstVoiceStt * stt, guint rate)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stt);
  GstAudioInfo in, out;

  g_clear_pointer (&self->converter, gst_audio_converter_free);
  gst_audio_info_set_format (&in, GST_AUDIO_FORMAT_S16LE, rate, 1, NULL);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, RATE, 1, NULL);
  if (rate != RATE)
    self->converter = gst_audio_converter_new (GST_AUDIO_CONVERTER_FLAG_NONE,
        &in, &out, NULL);
  return TRUE;
}

static void
end_own_speech (GstVoiceRealtimeEars * self, GstClockTime end)
{
  Span span = { self->onset, end };

  give_piece (self, 0);
  if (self->spans->len == MAX_SPANS)
    g_array_remove_index (self->spans, 0);
  g_array_append_val (self->spans, span);
  self->onset = GST_CLOCK_TIME_NONE;
  realtime_mind_stop (self->mind);
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stt);
  gboolean going_on = GST_CLOCK_TIME_IS_VALID (self->onset);

  if (!GST_CLOCK_TIME_IS_VALID (time))
    time = gst_voice_stage_now (GST_VOICE_STAGE (stt));
  if (what == GST_VOICE_STT_START && !going_on) {
    give_piece (self, 0);
    self->onset = time;
    realtime_mind_onset (self->mind, sample_of_time (self, time));
  } else if (what == GST_VOICE_STT_STOP && going_on) {
    end_own_speech (self, time);
  }
}

/* What is told of the caller */

static void
send_sound_event (GstVoiceRealtimeEars * self, const gchar * name,
    const gchar * field, GstClockTime time)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstClockTime now = gst_voice_stage_now (stage);

  gst_voice_stage_push_event (stage, GST_VOICE_OOB,
      gst_voice_structure_new (name, "running-time", now, field,
          GST_CLOCK_TIME_IS_VALID (time) ? time : now, NULL));
}

static Segment *
segment_of (GstVoiceRealtimeEars * self, const gchar * item)
{
  Segment *segment;

  for (GList * l = self->segments.head; l; l = l->next) {
    segment = l->data;
    if (g_strcmp0 (segment->item, item) == 0)
      return segment;
  }
  if (self->segments.length == MAX_SEGMENTS)
    segment_free (g_queue_pop_head (&self->segments));
  segment = g_new0 (Segment, 1);
  segment->item = g_strdup (item);
  segment->n = ++self->n_segments;
  segment->start = segment->end = GST_CLOCK_TIME_NONE;
  g_queue_push_tail (&self->segments, segment);
  return segment;
}

static void
end_segment (GstVoiceRealtimeEars * self, Segment * segment, const gchar * text)
{
  const GstVoiceTranscript transcript = {
    .text = text,
    .segment = segment->n,
    .start = segment->start,
    .end = segment->end,
    .confidence = -1,
  };

  /* It is for the words that come next. There are no interims, which come when
   * all is said and would be a turn already. */
  if (!self->own && *text)
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_OOB,
        gst_voice_structure_new ("end-of-turn", "confidence", -1.0, NULL));
  gst_voice_stt_final (GST_VOICE_STT (self), &transcript);
  g_queue_remove (&self->segments, segment);
  segment_free (segment);
}

static void
take_committed (GstVoiceRealtimeEars * self, Segment * segment)
{
  Span span;

  if (self->own && self->spans->len > 0) {
    span = g_array_index (self->spans, Span, 0);
    g_array_remove_index (self->spans, 0);
    segment->start = span.start;
    segment->end = span.end;
  }
  if (!self->transcribes)
    end_segment (self, segment, NO_WORDS);
}

static void
reset (GstVoiceRealtimeEars * self)
{
  gboolean spoke = !self->own && self->segments.length > 0;

  g_queue_clear_full (&self->segments, segment_free);
  if (spoke)
    send_sound_event (self, "speech-stop", "end", GST_CLOCK_TIME_NONE);
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_OOB,
      gst_voice_structure_new ("stt-reset", "reason", "the connection broke",
          NULL));
}

static void
take_sound_event (GstVoiceRealtimeEars * self, const RealtimeTold * told)
{
  Segment *segment = segment_of (self, told->item);
  gint64 sample = told->sample;

  if (told->type == OPENAI_REALTIME_STARTED) {
    /* It has begun to listen a little before. */
    segment->start = time_of_sample (self, sample < 0 ? -1 :
        sample + self->prefix);
    send_sound_event (self, "speech-start", "onset", segment->start);
  } else {
    segment->end = time_of_sample (self, sample);
    if (GST_CLOCK_TIME_IS_VALID (segment->end)
        && GST_CLOCK_TIME_IS_VALID (segment->start))
      segment->end = MAX (segment->end, segment->start);
    send_sound_event (self, "speech-pause", "end", segment->end);
    send_sound_event (self, "speech-stop", "end", segment->end);
  }
}

static void
take_told (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stage);
  const RealtimeTold *told = data;

  switch (told->type) {
    case OPENAI_REALTIME_SESSION:
      reset (self);
      break;
    case OPENAI_REALTIME_STARTED:
    case OPENAI_REALTIME_STOPPED:
      take_sound_event (self, told);
      break;
    case OPENAI_REALTIME_COMMITTED:
      take_committed (self, segment_of (self, told->item));
      break;
    case OPENAI_REALTIME_HEARD:
      end_segment (self, segment_of (self, told->item), told->text);
      break;
    case OPENAI_REALTIME_UNHEARD:
      end_segment (self, segment_of (self, told->item), NO_WORDS);
      break;
    default:
      break;
  }
}

void
realtime_ears_told (gpointer ears, RealtimeTold * told)
{
  gst_voice_stage_post (ears, take_told, told,
      (GDestroyNotify) realtime_told_free);
}

static void
take_finished (GstVoiceStage * stage, gpointer data)
{
  gst_voice_stage_drained (stage);
}

void
realtime_ears_finished (gpointer ears)
{
  gst_voice_stage_post (ears, take_finished, NULL, NULL);
}

static gboolean
finish (GstVoiceStt * stt)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stt);

  give_piece (self, 0);
  if (GST_CLOCK_TIME_IS_VALID (self->onset))
    end_own_speech (self, self->last);
  realtime_mind_finish (self->mind);
  return FALSE;
}

static gboolean
is_sound_event (GstEvent * event)
{
  return gst_voice_event_is (event, "speech-start")
      || gst_voice_event_is (event, "speech-pause")
      || gst_voice_event_is (event, "speech-more")
      || gst_voice_event_is (event, "speech-stop");
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stage);

  if (!self->own && is_sound_event (event))
    return TRUE;
  return GST_VOICE_STAGE_CLASS (gst_voice_realtime_ears_parent_class)->oob
      (stage, event);
}

/* The service has heard no word of what was written or keyed in. */
static gboolean
upstream (GstVoiceStage * stage, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  const gchar *reason;

  if (!gst_voice_event_is (event, "turn"))
    return FALSE;
  reason = gst_voice_structure_string (s, "reason");
  if (strcmp (reason, "text") == 0 || strcmp (reason, "keys") == 0)
    realtime_mind_written (GST_VOICE_REALTIME_EARS (stage)->mind,
        gst_voice_structure_uint (s, "turn"));
  return FALSE;
}

static void
forget (GstVoiceRealtimeEars * self)
{
  g_clear_pointer (&self->converter, gst_audio_converter_free);
  g_byte_array_set_size (self->piece, 0);
  g_queue_clear_full (&self->segments, segment_free);
  g_array_set_size (self->spans, 0);
  self->total = 0;
  self->n_segments = 0;
  self->last = self->onset = GST_CLOCK_TIME_NONE;
  self->overflowed = FALSE;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (stage);
  gchar *model;

  forget (self);
  g_object_get (self->mind, "transcription-model", &model, NULL);
  self->transcribes = *realtime_options_transcription (model);
  self->own = realtime_mind_turns (self->mind) == OPENAI_REALTIME_OWN_TURNS;
  self->prefix = realtime_mind_prefix (self->mind);
  g_free (model);
  return GST_VOICE_STAGE_CLASS (gst_voice_realtime_ears_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  forget (GST_VOICE_REALTIME_EARS (stage));
}

static void
finalize (GObject * object)
{
  GstVoiceRealtimeEars *self = GST_VOICE_REALTIME_EARS (object);

  forget (self);
  g_byte_array_unref (self->piece);
  g_array_unref (self->spans);
  G_OBJECT_CLASS (gst_voice_realtime_ears_parent_class)->finalize (object);
}

static void
gst_voice_realtime_ears_class_init (GstVoiceRealtimeEarsClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->oob = oob;
  stage_class->upstream = upstream;
  stt_class->set_rate = set_rate;
  stt_class->audio = audio;
  stt_class->speech = speech;
  stt_class->finish = finish;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Realtime ears",
      "Audio/Text/Filter", "What openairealtime hears", "gst-voice");
}

static void
gst_voice_realtime_ears_init (GstVoiceRealtimeEars * self)
{
  self->piece = g_byte_array_new ();
  self->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  self->last = self->onset = GST_CLOCK_TIME_NONE;
}

/* To be called once, before it starts; the mind outlives it. */
void
realtime_ears_set_mind (GstVoiceRealtimeEars * ears,
    GstVoiceRealtimeMind * mind)
{
  ears->mind = mind;
}
