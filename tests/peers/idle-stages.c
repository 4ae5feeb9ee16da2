/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stages that do nothing, in the place of a recogniser, a language model and a
 * voice: what a call costs with them is the price of the graph itself.
 *
 * `idlestt` has always understood the same words, `idlellm` always gives the
 * same answer, `idletts` gives a buzz as long as the text; each at once.
 *
 * Threads and locks: as the base classes; they work in the task.
 */
#include "idle-stages.h"

#include <string.h>

#define INTERIM "write"
#define INTERIM_AFTER (300 * GST_MSECOND)
#define FINAL "Write that down please."
#define REPLY "I have written that down for you. Is there anything else?"

#define RATE 24000
#define MS_PER_CHARACTER 40
#define LONGEST (10 * RATE)     /* samples of a sentence */

struct _IdleStt
{
  GstVoiceStt parent;

  /* task only */
  guint segment;
  GstClockTime start;           /* of the sound, or none */
  gboolean told;                /* the interim */
};

struct _IdleLlm
{
  GstVoiceLlm parent;
};

struct _IdleTts
{
  GstVoiceTts parent;
};

G_DEFINE_FINAL_TYPE (IdleStt, idle_stt, GST_TYPE_VOICE_STT);
G_DEFINE_FINAL_TYPE (IdleLlm, idle_llm, GST_TYPE_VOICE_LLM);
G_DEFINE_FINAL_TYPE (IdleTts, idle_tts, GST_TYPE_VOICE_TTS);

/* Shared, so as not to count as memory of a call. */
static gint16 buzz[LONGEST];

static gboolean
stt_set_rate (GstVoiceStt * stt, guint rate)
{
  return TRUE;
}

static void
stt_audio (GstVoiceStt * stt, const gint16 * samples, gsize n,
    GstClockTime start)
{
  IdleStt *self = IDLE_STT (stt);
  GstVoiceTranscript transcript = {
    .text = INTERIM,.segment = self->segment,.start = self->start,
    .end = start,.confidence = 1
  };

  if (self->told || start < self->start + INTERIM_AFTER)
    return;
  self->told = TRUE;
  gst_voice_stt_interim (stt, &transcript);
}

static void
stt_speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  IdleStt *self = IDLE_STT (stt);
  GstVoiceTranscript transcript = {
    .text = FINAL,.segment = self->segment,.start = self->start,
    .end = time,.confidence = 1
  };

  if (what == GST_VOICE_STT_START) {
    self->segment++;
    self->start = time;
    self->told = FALSE;
  } else if (what == GST_VOICE_STT_STOP) {
    self->told = TRUE;
    gst_voice_stt_final (stt, &transcript);
  }
}

static void
idle_stt_class_init (IdleSttClass * klass)
{
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);

  gst_element_class_add_pad_template (GST_ELEMENT_CLASS (klass),
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
          gst_caps_from_string ("audio/x-raw, format=S16LE, channels=1")));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Idle recogniser", "Converter/Audio/Text", "Understands the same words",
      "gst-voice");
  stt_class->set_rate = stt_set_rate;
  stt_class->audio = stt_audio;
  stt_class->speech = stt_speech;
}

static void
idle_stt_init (IdleStt * self)
{
  self->told = TRUE;
}

static void
llm_request (GstVoiceLlm * llm, const GstVoiceLlmRequest * request)
{
  gst_voice_llm_token (llm, request->id, REPLY);
  gst_voice_llm_done (llm, request->id, NULL, 0, 0, 0, 0);
}

static void
llm_cancel (GstVoiceLlm * llm, guint id)
{
}

static void
idle_llm_class_init (IdleLlmClass * klass)
{
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Idle language model", "Filter/Text", "Gives the same answer",
      "gst-voice");
  GST_VOICE_LLM_CLASS (klass)->request = llm_request;
  GST_VOICE_LLM_CLASS (klass)->cancel = llm_cancel;
}

static void
idle_llm_init (IdleLlm * self)
{
}

static void
tts_speak (GstVoiceTts * tts, const gchar * text)
{
  gsize n = MIN (strlen (text) * RATE / 1000 * MS_PER_CHARACTER, LONGEST);

  gst_voice_tts_set_rate (tts, RATE);
  gst_voice_tts_audio (tts, gst_buffer_new_wrapped_full
      (GST_MEMORY_FLAG_READONLY, buzz, sizeof buzz, 0, n * sizeof (gint16),
          NULL, NULL), NULL);
  gst_voice_tts_done (tts);
}

static void
idle_tts_class_init (IdleTtsClass * klass)
{
  for (guint i = 0; i < LONGEST; i++)
    buzz[i] = i / 60 % 2 ? 3000 : -3000;
  gst_element_class_add_pad_template (GST_ELEMENT_CLASS (klass),
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
          gst_caps_from_string ("audio/x-raw, format=S16LE, "
              "layout=interleaved, channels=1, rate=24000")));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Idle voice", "Converter/Text/Audio", "Buzzes as long as the text is",
      "gst-voice");
  GST_VOICE_TTS_CLASS (klass)->speak = tts_speak;
}

static void
idle_tts_init (IdleTts * self)
{
}

/**
 * idle_stages_register:
 *
 * After this `idlestt`, `idlellm` and `idletts` can be made.
 */
void
idle_stages_register (void)
{
  gst_element_register (NULL, "idlestt", GST_RANK_NONE, IDLE_TYPE_STT);
  gst_element_register (NULL, "idlellm", GST_RANK_NONE, IDLE_TYPE_LLM);
  gst_element_register (NULL, "idletts", GST_RANK_NONE, IDLE_TYPE_TTS);
}
