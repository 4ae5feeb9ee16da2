/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all speech recognisers have in common: formats, the place of `vad`'s
 * events in the sound, and how what was understood goes on.
 *
 * Threads: as GstVoiceStage. Locks: none of its own.
 */
#include "stt.h"

#include "json.h"
#include "relay.h"

#include <gst/audio/audio.h>
#include <string.h>

typedef struct
{
  /* atomic */
  gint replaceable;

  /* task only */
  guint rate;
  gchar *heard;                 /* the last interim, so as not to repeat it */
  guint heard_segment;
  GstClockTime told;            /* up to where a file's time was passed on */
} GstVoiceSttPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstVoiceStt, gst_voice_stt,
    GST_TYPE_VOICE_STAGE);

#define PRIV(self) \
  ((GstVoiceSttPrivate *) gst_voice_stt_get_instance_private (self))

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

static gboolean
set_caps (GstVoiceStage * stage, GstCaps * caps)
{
  GstVoiceSttPrivate *priv = PRIV (GST_VOICE_STT (stage));
  GstCaps *text = gst_caps_new_simple ("text/x-raw", "format", G_TYPE_STRING,
      "utf8", NULL);
  GstAudioInfo info;

  gst_voice_stage_set_src_caps (stage, text);
  gst_caps_unref (text);
  if (!gst_audio_info_from_caps (&info, caps))
    return FALSE;
  if (priv->rate == (guint) GST_AUDIO_INFO_RATE (&info))
    return TRUE;
  priv->rate = GST_AUDIO_INFO_RATE (&info);
  return GST_VOICE_STT_GET_CLASS (stage)->set_rate (GST_VOICE_STT (stage),
      priv->rate);
}

/* In a file nobody but the recogniser knows how late it is, and `turn` has to
 * know. */
static void
pass_time_on (GstVoiceStage * stage)
{
  GstVoiceSttPrivate *priv = PRIV (GST_VOICE_STT (stage));
  GstClockTime now;

  if (gst_voice_stage_is_live (stage))
    return;
  now = gst_voice_stage_now (stage);
  if (now < priv->told + 10 * GST_MSECOND)
    return;
  gst_voice_stage_push_gap (stage, priv->told, now - priv->told);
  priv->told = now;
}

static GstFlowReturn
input (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceStt *self = GST_VOICE_STT (stage);
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_VOICE_STT_GET_CLASS (self)->audio (self, (const gint16 *) map.data,
        map.size / sizeof (gint16), gst_voice_stage_running_time (stage,
            buffer));
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  pass_time_on (stage);
  return GST_FLOW_OK;
}

static const struct
{
  const gchar *name, *field;
  GstVoiceSttSpeech what;
} speech_events[] = {
  {"voice/speech-start", "onset", GST_VOICE_STT_START},
  {"voice/speech-pause", "end", GST_VOICE_STT_PAUSE},
  {"voice/speech-more", "onset", GST_VOICE_STT_MORE},
  {"voice/speech-stop", "end", GST_VOICE_STT_STOP},
};

static gint
speech_event_index (const GstStructure * s)
{
  for (guint i = 0; i < G_N_ELEMENTS (speech_events); i++) {
    if (gst_structure_has_name (s, speech_events[i].name))
      return i;
  }
  return -1;
}

/* The event goes on at once, and a copy takes its place among the samples. */
static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (GST_VOICE_STT_GET_CLASS (stage)->speech
      && speech_event_index (gst_voice_event_parse (event)) >= 0)
    gst_voice_stage_post_event (stage, gst_event_ref (event));
  return FALSE;
}

static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  gint i;

  if (!s || GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM_OOB)
    return FALSE;
  i = speech_event_index (s);
  if (i >= 0)
    GST_VOICE_STT_GET_CLASS (stage)->speech (GST_VOICE_STT (stage),
        speech_events[i].what, gst_voice_structure_time (s,
            speech_events[i].field));
  return TRUE;
}

static gboolean
drain (GstVoiceStage * stage)
{
  GstVoiceSttClass *klass = GST_VOICE_STT_GET_CLASS (stage);

  return !klass->finish || klass->finish (GST_VOICE_STT (stage));
}

static void
finalize (GObject * object)
{
  g_free (PRIV (GST_VOICE_STT (object))->heard);
  G_OBJECT_CLASS (gst_voice_stt_parent_class)->finalize (object);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceSttPrivate *priv = PRIV (GST_VOICE_STT (stage));

  priv->rate = 0;
  priv->told = 0;
  g_clear_pointer (&priv->heard, g_free);
  return TRUE;
}

static gboolean
src_query (GstVoiceStage * stage, GstQuery * query)
{
  GstClockTime wait = GST_VOICE_STT_GET_CLASS (stage)->wait;

  if (wait == 0 || !gst_voice_query_is (query, "stt-wait"))
    return FALSE;
  gst_structure_set (gst_query_writable_structure (query), "wait",
      GST_TYPE_CLOCK_TIME, wait, NULL);
  return TRUE;
}

static void
gst_voice_stt_class_init (GstVoiceSttClass * klass)
{
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &src_template);
  /* Ten seconds at 48 kHz. */
  stage_class->max_bytes = 960 * 1000;
  stage_class->max_buffers = 4000;      /* of 2.5 ms */
  stage_class->leaky = TRUE;
  stage_class->hears = TRUE;
  stage_class->start = start;
  stage_class->set_caps = set_caps;
  stage_class->input = input;
  stage_class->oob = oob;
  stage_class->event = event_in_task;
  stage_class->drain = drain;
  stage_class->src_query = src_query;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_STT, 0);
}

static void
gst_voice_stt_init (GstVoiceStt * self)
{
}

/**
 * gst_voice_stt_rate:
 * @stt: a recogniser; to be called in the task
 *
 * Returns: the sampling rate of its input, 0 before it is known
 */
guint
gst_voice_stt_rate (GstVoiceStt * stt)
{
  return PRIV (stt)->rate;
}

/**
 * gst_voice_stt_set_replaceable:
 * @stt: a recogniser
 * @replaceable: whether another is ready to take its place
 *
 * Then it does not wait before it tries again what has failed: the other gets
 * all sound that is not settled. May be called from any thread.
 */
void
gst_voice_stt_set_replaceable (GstVoiceStt * stt, gboolean replaceable)
{
  g_atomic_int_set (&PRIV (stt)->replaceable, replaceable);
}

/**
 * gst_voice_stt_is_replaceable:
 * @stt: a recogniser
 *
 * Returns: what gst_voice_stt_set_replaceable() has said, or %FALSE
 */
gboolean
gst_voice_stt_is_replaceable (GstVoiceStt * stt)
{
  return g_atomic_int_get (&PRIV (stt)->replaceable);
}

/**
 * gst_voice_stt_interim:
 * @stt: a recogniser; to be called in the task
 * @transcript: what it believes so far; an empty text takes the words of the
 *   segment back
 *
 * Sends `voice/interim`, unless it would say the same as the last one.
 */
void
gst_voice_stt_interim (GstVoiceStt * stt, const GstVoiceTranscript * t)
{
  GstVoiceSttPrivate *priv = PRIV (stt);
  GstStructure *s;

  if (priv->heard && priv->heard_segment == t->segment
      && strcmp (priv->heard, t->text) == 0)
    return;
  g_free (priv->heard);
  priv->heard = g_strdup (t->text);
  priv->heard_segment = t->segment;
  s = gst_voice_structure_new ("interim", "text", t->text,
      "segment", t->segment, "start", t->start, "end", t->end,
      "confidence", t->confidence, "language", t->language, NULL);
  gst_voice_stage_report (GST_VOICE_STAGE (stt), gst_structure_copy (s));
  gst_voice_stage_push_event (GST_VOICE_STAGE (stt), GST_VOICE_OOB, s);
}

static void
append_seconds (GString * out, GstClockTime time)
{
  g_string_append_c (out, ',');
  gst_voice_json_append_number (out, (gdouble) (time / GST_MSECOND) / 1000);
}

static gchar *
words_as_json (const GstVoiceWords * words)
{
  GString *out = g_string_new ("[");

  for (guint i = 0; words && i < words->n; i++) {
    g_string_append (out, i ? ",[" : "[");
    gst_voice_json_append_string (out, words->word[i].text);
    append_seconds (out, words->word[i].start);
    append_seconds (out, words->word[i].end);
    g_string_append_c (out, ']');
  }
  g_string_append_c (out, ']');
  return g_string_free (out, FALSE);
}

static void
report_usage (GstVoiceStt * self, const gchar * model, GstClockTime audio,
    gdouble cost)
{
  gst_voice_stage_report (GST_VOICE_STAGE (self),
      gst_voice_structure_new ("usage", "provider",
          gst_voice_stage_provider (GST_VOICE_STAGE (self)), "model", model,
          "audio", audio, "cost", cost, NULL));
}

static void
report_final (GstVoiceStt * self, const GstVoiceTranscript * t)
{
  gchar *words = words_as_json (t->words);
  GstClockTime audio = 0;

  if (GST_CLOCK_TIME_IS_VALID (t->start) && t->end > t->start)
    audio = t->end - t->start;
  gst_voice_stage_report (GST_VOICE_STAGE (self),
      gst_voice_structure_new ("final", "text", t->text,
          "segment", t->segment, "start", t->start, "end", t->end,
          "confidence", t->confidence, "language", t->language,
          "provider", gst_voice_stage_provider (GST_VOICE_STAGE (self)),
          "words", words, NULL));
  if (!GST_VOICE_STT_GET_CLASS (self)->metered)
    report_usage (self, NULL, audio, 0);
  g_free (words);
}

/**
 * gst_voice_stt_final:
 * @stt: a recogniser; to be called in the task
 * @transcript: what it has settled on; with an empty text it only takes the
 *   interims of the segment back
 *
 * Pushes a buffer of text.
 */
void
gst_voice_stt_final (GstVoiceStt * stt, const GstVoiceTranscript * t)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (stt);
  GstVoiceMeta *meta;
  GstBuffer *buffer;

  if (!*t->text) {
    if (PRIV (stt)->heard)
      gst_voice_stt_interim (stt, t);
    return;
  }
  g_clear_pointer (&PRIV (stt)->heard, g_free);
  report_final (stt, t);
  buffer = gst_voice_text_buffer_new (t->text);
  meta = gst_voice_meta_add (buffer);
  meta->segment = t->segment;
  meta->start = t->start;
  meta->end = t->end;
  meta->confidence = t->confidence;
  meta->language = g_strdup (t->language);
  meta->words = gst_voice_words_ref (t->words);
  gst_voice_stage_push (stage, buffer);
}

/**
 * gst_voice_stt_spent:
 * @stt: a recogniser whose class is `metered`; to be called in the task, or
 *   when that has stopped
 * @model: (nullable): which has listened
 * @audio: as the service counts it, since this was told last
 * @cost: of it
 *
 * Tells at once what was used, whatever becomes of the words.
 */
void
gst_voice_stt_spent (GstVoiceStt * stt, const gchar * model,
    GstClockTime audio, gdouble cost)
{
  if (audio > 0)
    report_usage (stt, model, audio, cost);
}
