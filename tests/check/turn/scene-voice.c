/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the place of a synthesiser: is silent for as long as it would speak, and
 * says when each word would be heard.
 *
 * Threads: the stage's task. Locks: none.
 */
#include "scene-voice.h"

#include <gst-voice/tts.h>

#define MS GST_MSECOND
#define RATE 16000

typedef struct
{
  GstVoiceTts parent;

  SceneVoiceLength length;      /* set once, before it plays */
} SceneVoice;

typedef GstVoiceTtsClass SceneVoiceClass;

static GType scene_voice_get_type (void);
G_DEFINE_TYPE (SceneVoice, scene_voice, GST_TYPE_VOICE_TTS);

static GstStaticPadTemplate text_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate audio_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, channels=(int)1"));

/* How many words are in speech that takes @length ms. */
guint
scene_voice_words (gint64 length)
{
  return MAX (0, length - SCENE_WORD_BEGINS) / SCENE_WORD_PERIOD + 1;
}

/* What begins with "Stall" never comes to an end. */
static gint64
length_of_words (const gchar * text)
{
  gchar **words = g_strsplit (text, " ", -1);
  gint64 n = 0;

  for (gchar ** word = words; *word; word++)
    n += **word != '\0';
  g_strfreev (words);
  return g_str_has_prefix (text, "Stall") ? -1 : n * SCENE_WORD_PERIOD;
}

static GstVoiceWords *
words_of (gint64 length)
{
  guint n = scene_voice_words (length);
  GstVoiceWords *words = gst_voice_words_new (n);

  for (guint i = 0; i < n; i++) {
    words->word[i].text = g_strdup ("word");
    words->word[i].start = (SCENE_WORD_BEGINS + i * SCENE_WORD_PERIOD) * MS;
    words->word[i].end = words->word[i].start + SCENE_WORD_LENGTH * MS;
  }
  return words;
}

static void
voice_speak (GstVoiceTts * tts, const gchar * text)
{
  gint64 length = ((SceneVoice *) tts)->length (text);
  gsize size = MAX (length, 0) * RATE / 1000 * sizeof (gint16);
  GstVoiceWords *words;

  if (length < 0)               /* it stalls */
    return;
  if (length == 0) {
    gst_voice_tts_done (tts);
    return;
  }
  gst_voice_tts_set_rate (tts, RATE);
  words = words_of (length);
  gst_voice_tts_audio (tts, gst_buffer_new_wrapped (g_malloc0 (size), size),
      words);
  g_boxed_free (GST_TYPE_VOICE_WORDS, words);
  gst_voice_tts_done (tts);
}

static void
voice_cancel (GstVoiceTts * tts)
{
}

static void
scene_voice_class_init (SceneVoiceClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  klass->speak = voice_speak;
  klass->cancel = voice_cancel;
  gst_element_class_add_static_pad_template (element_class, &text_sink);
  gst_element_class_add_static_pad_template (element_class, &audio_src);
  gst_element_class_set_static_metadata (element_class, "Voice", "Test",
      "Is silent for as long as it would speak", "gst-voice");
}

static void
scene_voice_init (SceneVoice * self)
{
  self->length = length_of_words;
}

/* Makes "scenevoice" known. */
void
scene_voice_register (void)
{
  gst_element_register (NULL, "scenevoice", GST_RANK_NONE,
      scene_voice_get_type ());
}

/* @length says how many ms a text takes (negative: for ever; 0: it makes no
 * sound); without it the number of its words does. */
GstElement *
scene_voice_new (SceneVoiceLength length)
{
  GstElement *voice;

  scene_voice_register ();
  voice = gst_element_factory_make ("scenevoice", NULL);
  if (length)
    ((SceneVoice *) voice)->length = length;
  return voice;
}
