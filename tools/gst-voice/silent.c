/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call without sound: the same persona and description, but recognisers hear
 * nothing, since the caller writes, and synthesisers are silent for as long as
 * they would speak. All that decides stays what it is. Elements are exchanged
 * when the agent is built, before any of them opens a device or a service.
 *
 * Threads: exchanged in the thread of the state change; the stages in their
 * tasks. Locks: none.
 */
#include "silent.h"

#include <gst-voice/stt.h>
#include <gst-voice/tts.h>
#include <string.h>

#define RATE 16000
/* A sentence is never longer than this; a text without spaces could be. */
#define MAX_SECONDS 60

typedef struct
{
  GstVoiceStt parent;
} SilentEars;

typedef GstVoiceSttClass SilentEarsClass;

typedef struct
{
  GstVoiceTts parent;

  guint pace;                   /* set once, before it plays */
} SilentVoice;

typedef GstVoiceTtsClass SilentVoiceClass;

static GType silent_ears_get_type (void);
static GType silent_voice_get_type (void);
G_DEFINE_TYPE (SilentEars, silent_ears, GST_TYPE_VOICE_STT);
G_DEFINE_TYPE (SilentVoice, silent_voice, GST_TYPE_VOICE_TTS);

static GstStaticPadTemplate text_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate text_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate audio_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw, "
        "format=(string)S16LE, layout=(string)interleaved, channels=(int)1"));
static GstStaticPadTemplate audio_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, channels=(int)1"));

static gboolean
ears_set_rate (GstVoiceStt * stt, guint rate)
{
  return TRUE;
}

static void
ears_audio (GstVoiceStt * stt, const gint16 * samples, gsize n,
    GstClockTime start)
{
}

static void
ears_speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
}

static gboolean
ears_finish (GstVoiceStt * stt)
{
  return TRUE;
}

static void
silent_ears_class_init (SilentEarsClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  klass->set_rate = ears_set_rate;
  klass->audio = ears_audio;
  klass->speech = ears_speech;
  klass->finish = ears_finish;
  gst_element_class_add_static_pad_template (element_class, &audio_sink);
  gst_element_class_add_static_pad_template (element_class, &text_src);
  gst_element_class_set_static_metadata (element_class, "Silent ears",
      "Converter/Audio/Text", "Hears nothing", "gst-voice");
}

static void
silent_ears_init (SilentEars * self)
{
}

static GstClockTime
length_of (SilentVoice * self, gsize characters)
{
  return MIN (gst_util_uint64_scale_int (characters, GST_SECOND, self->pace),
      MAX_SECONDS * GST_SECOND);
}

/* Words of the text, each as long as its characters. */
static GstVoiceWords *
words_of (SilentVoice * self, const gchar * text, GstClockTime * length)
{
  gchar **parts = g_strsplit (text, " ", -1);
  guint n = 0, i = 0;
  gsize characters = 0;
  GstVoiceWords *words;

  for (gchar ** part = parts; *part; part++)
    n += **part != '\0';
  words = gst_voice_words_new (n);
  for (gchar ** part = parts; *part; part++) {
    if (!**part)
      continue;
    words->word[i].text = g_strdup (*part);
    words->word[i].start = length_of (self, characters);
    characters += g_utf8_strlen (*part, -1);
    words->word[i].end = length_of (self, characters);
    characters++;
    i++;
  }
  *length = length_of (self, characters);
  g_strfreev (parts);
  return words;
}

static void
voice_speak (GstVoiceTts * tts, const gchar * text)
{
  GstClockTime length;
  GstVoiceWords *words = words_of ((SilentVoice *) tts, text, &length);
  gsize size = gst_util_uint64_scale_int_ceil (length, RATE, GST_SECOND)
      * sizeof (gint16);

  if (size > 0) {
    gst_voice_tts_set_rate (tts, RATE);
    gst_voice_tts_audio (tts, gst_buffer_new_wrapped (g_malloc0 (size), size),
        words);
  }
  g_boxed_free (GST_TYPE_VOICE_WORDS, words);
  gst_voice_tts_done (tts);
}

static void
voice_cancel (GstVoiceTts * tts)
{
}

static void
silent_voice_class_init (SilentVoiceClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  klass->speak = voice_speak;
  klass->cancel = voice_cancel;
  gst_element_class_add_static_pad_template (element_class, &text_sink);
  gst_element_class_add_static_pad_template (element_class, &audio_src);
  gst_element_class_set_static_metadata (element_class, "Silent voice",
      "Converter/Text/Audio", "Is silent for as long as it would speak",
      "gst-voice");
}

static void
silent_voice_init (SilentVoice * self)
{
  self->pace = 15;
}

static void
link_as (GstPad * peer, GstElement * element, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  if (GST_PAD_IS_SRC (pad))
    gst_pad_link (pad, peer);
  else
    gst_pad_link (peer, pad);
  gst_object_unref (pad);
}

static GstPad *
unlink_pad (GstElement * element, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (element, name);
  GstPad *peer = pad ? gst_pad_get_peer (pad) : NULL;

  if (peer && GST_PAD_IS_SRC (pad))
    gst_pad_unlink (pad, peer);
  else if (peer)
    gst_pad_unlink (peer, pad);
  gst_clear_object (&pad);
  return peer;
}

/* Puts @silent where @element was, under its name: a description may call it
 * `caller`. */
static void
exchange (GstElement * element, GstElement * silent)
{
  GstBin *bin = GST_BIN (gst_element_get_parent (element));
  GstPad *before = unlink_pad (element, "sink");
  GstPad *behind = unlink_pad (element, "src");
  gchar *name = gst_element_get_name (element);

  gst_bin_remove (bin, element);
  gst_object_set_name (GST_OBJECT (silent), name);
  gst_bin_add (bin, silent);
  if (before)
    link_as (before, silent, "sink");
  if (behind)
    link_as (behind, silent, "src");
  g_free (name);
  gst_clear_object (&before);
  gst_clear_object (&behind);
  gst_object_unref (bin);
}

static void
take_element (GstBin * bin, GstBin * parent, GstElement * element,
    gpointer data)
{
  const Silence *silence = data;
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *kind = factory ? GST_OBJECT_NAME (factory) : "";
  GstElement *voice;

  if (strcmp (kind, "toolcall") == 0 && silence->mocks)
    g_object_set (element, "mocks", silence->mocks, NULL);
  if (GST_IS_VOICE_STT (element) && silence->deaf
      && strcmp (kind, "silentears") != 0) {
    exchange (element, gst_element_factory_make ("silentears", NULL));
  } else if (GST_IS_VOICE_TTS (element) && strcmp (kind, "silentvoice") != 0) {
    voice = gst_element_factory_make ("silentvoice", NULL);
    ((SilentVoice *) voice)->pace = silence->pace;
    exchange (element, voice);
  }
}

/**
 * silence_make:
 * @pipeline: of a call, with an agent that is not built yet
 * @silence: how; lives as long as @pipeline
 *
 * Nobody needs to be heard in this call.
 */
void
silence_make (GstElement * pipeline, const Silence * silence)
{
  gst_element_register (NULL, "silentears", GST_RANK_NONE,
      silent_ears_get_type ());
  gst_element_register (NULL, "silentvoice", GST_RANK_NONE,
      silent_voice_get_type ());
  g_signal_connect (pipeline, "deep-element-added", G_CALLBACK (take_element),
      (gpointer) silence);
}
