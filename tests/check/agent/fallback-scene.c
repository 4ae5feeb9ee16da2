/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Doubles of recognisers, models and synthesisers that fail when they are told
 * to, and a `fallback` of them under simulated time.
 *
 * Threads: doubles work in their tasks; what comes out is noted in any.
 * Locks: `lock` guards the notes.
 */
#include "fallback-scene.h"

#include <gst-voice/health.h>
#include <stdlib.h>
#include <string.h>

#define RATE 8000
#define WORD 300                /* ms */
#define GAP 100
#define CHUNK 50
#define STEP 20
#define LATE 600                /* ms behind its sound a word is known */

static GstStaticPadTemplate any_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate any_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GError *
new_error (void)
{
  return g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
      "the other side has gone");
}

/* --- a model ---------------------------------------------------------- */

typedef struct
{
  GstVoiceLlm parent;

  Fault fault;
  guint after, words, repeat;
  gchar *tool;
  gint asked;
  guint id, next, written;
} Model;
typedef GstVoiceLlmClass ModelClass;
static GType model_get_type (void);
G_DEFINE_TYPE (Model, model, GST_TYPE_VOICE_LLM);

/* True if it works no more. */
static gboolean
model_fails (Model * self)
{
  GstVoiceLlm *llm = GST_VOICE_LLM (self);
  guint id = self->id;

  if (self->fault == WELL || (self->fault >= STALLS
          && self->written < self->after))
    return FALSE;
  self->id = 0;
  if (self->fault == REFUSES || self->fault == BREAKS)
    gst_voice_llm_fail (llm, id, new_error ());
  else if (self->fault == DIES)
    gst_voice_stage_fail (GST_VOICE_STAGE (self), new_error ());
  self->fault = WELL;
  return TRUE;
}

static void
model_timer (GstVoiceStage * stage, guint timer)
{
  Model *self = (Model *) stage;
  gchar *text;

  if (!self->id || model_fails (self))
    return;
  if (self->tool && self->written == 1)
    gst_voice_llm_call (GST_VOICE_LLM (stage), self->id, "c", self->tool, "{}");
  if (self->next > self->words) {
    gst_voice_llm_done (GST_VOICE_LLM (stage), self->id, "double", 1, 0, 1, 0);
    self->id = 0;
    return;
  }
  text = g_strdup_printf ("w%u ", self->next++);
  self->written++;
  gst_voice_llm_token (GST_VOICE_LLM (stage), self->id, text);
  g_free (text);
  gst_voice_stage_set_timer (stage, 0, gst_voice_stage_now (stage) + 50 * MS);
}

static const gchar *
message (const GstVoiceLlmRequest * request, guint from_end,
    const gchar * field)
{
  guint n = json_array_get_length (request->messages);

  return n < from_end ? "" : json_object_get_string_member
      (json_array_get_object_element (request->messages, n - from_end), field);
}

/* It goes on behind the words that it is shown as its own. */
static guint
words_said (const GstVoiceLlmRequest * request)
{
  gchar **words;
  guint said = 0;

  if (strcmp (message (request, 1, "role"), "system") != 0
      || strcmp (message (request, 2, "role"), "assistant") != 0)
    return 0;
  words = g_strsplit (message (request, 2, "content"), " ", -1);
  for (gchar ** w = words; *w; w++)
    said += **w != 0;
  g_strfreev (words);
  return said;
}

static void
model_request (GstVoiceLlm * llm, const GstVoiceLlmRequest * request)
{
  Model *self = (Model *) llm;
  guint said = words_said (request);

  g_atomic_int_inc (&self->asked);
  self->id = request->id;
  self->next = said && self->repeat ? self->repeat : said + 1;
  self->written = 0;
  gst_voice_stage_set_timer (GST_VOICE_STAGE (llm), 0,
      gst_voice_stage_now (GST_VOICE_STAGE (llm)) + 100 * MS);
}

static void
model_cancel (GstVoiceLlm * llm, guint id)
{
  Model *self = (Model *) llm;

  if (self->id == id)
    self->id = 0;
}

static void
model_finalize (GObject * object)
{
  g_free (((Model *) object)->tool);
  G_OBJECT_CLASS (model_parent_class)->finalize (object);
}

static void
model_class_init (ModelClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = model_finalize;
  GST_VOICE_STAGE_CLASS (klass)->timer = model_timer;
  klass->request = model_request;
  klass->cancel = model_cancel;
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Model",
      "Test", "Writes words", "gst-voice");
}

static void
model_init (Model * self)
{
}

/* --- a synthesiser ---------------------------------------------------- */

typedef struct
{
  GstVoiceTts parent;

  Fault fault;
  guint after;
  gboolean no_times, late, cost_at_end;
  gint asked;
  gchar **words;
  guint given;                  /* ms of the sentence */
} Voice;
typedef GstVoiceTtsClass VoiceClass;
static GType voice_get_type (void);
G_DEFINE_TYPE (Voice, voice, GST_TYPE_VOICE_TTS);

/* Of words that begin before @until. */
static GstVoiceWords *
voice_times (Voice * self, guint until)
{
  guint n = MIN (g_strv_length (self->words), (until + WORD + GAP - 1) /
      (WORD + GAP));
  GstVoiceWords *words = gst_voice_words_new (n);

  for (guint i = 0; i < n; i++) {
    words->word[i].text = g_strdup (self->words[i]);
    words->word[i].start = i * (WORD + GAP) * MS;
    words->word[i].end = words->word[i].start + WORD * MS;
  }
  return words;
}

static GstBuffer *
voice_chunk (Voice * self)
{
  guint n = CHUNK * RATE / 1000;
  gint16 *samples = g_new0 (gint16, n);

  for (guint i = 0; i < n; i++) {
    guint at = self->given + i * 1000 / RATE;
    const gchar *word = self->words[at / (WORD + GAP)];

    if (at % (WORD + GAP) < WORD)
      samples[i] = atoi (word + 1);
  }
  return gst_buffer_new_wrapped (samples, n * 2);
}

static gboolean
voice_fails (Voice * self)
{
  if (self->fault == WELL || (self->fault >= STALLS
          && self->given < self->after * (WORD + GAP) + WORD / 2))
    return FALSE;
  g_clear_pointer (&self->words, g_strfreev);
  if (self->fault == REFUSES || self->fault == BREAKS)
    gst_voice_tts_fail (GST_VOICE_TTS (self), new_error ());
  else if (self->fault == DIES)
    gst_voice_stage_fail (GST_VOICE_STAGE (self), new_error ());
  self->fault = WELL;
  return TRUE;
}

/* All at once with the first sound; or as they become known, long after it. */
static GstVoiceWords *
voice_times_now (Voice * self, gboolean at_end)
{
  if (self->late)
    return voice_times (self, at_end ? G_MAXUINT / 2 : MAX (self->given,
            LATE) - LATE);
  return self->given || self->no_times ? NULL : voice_times (self,
      G_MAXUINT / 2);
}

static void
voice_say (Voice * self, GstBuffer * samples, gboolean at_end)
{
  GstVoiceWords *times = voice_times_now (self, at_end);

  gst_voice_tts_set_rate (GST_VOICE_TTS (self), RATE);
  gst_voice_tts_audio (GST_VOICE_TTS (self), samples, times);
  if (times)
    gst_voice_words_unref (times);
}

static void
voice_timer (GstVoiceStage * stage, guint timer)
{
  Voice *self = (Voice *) stage;

  if (timer != 3) {
    GST_VOICE_STAGE_CLASS (voice_parent_class)->timer (stage, timer);
    return;
  }
  if (!self->words || voice_fails (self))
    return;
  if (self->given >= g_strv_length (self->words) * (WORD + GAP)) {
    if (self->late)
      voice_say (self, gst_buffer_new (), TRUE);
    g_clear_pointer (&self->words, g_strfreev);
    if (self->cost_at_end)
      gst_voice_tts_cost (GST_VOICE_TTS (self), "late", 0.25);
    gst_voice_tts_done (GST_VOICE_TTS (self));
    return;
  }
  voice_say (self, voice_chunk (self), FALSE);
  self->given += CHUNK;
  gst_voice_stage_set_timer (stage, 3, gst_voice_stage_now (stage) +
      CHUNK / 4 * MS);
}

static void
voice_speak (GstVoiceTts * tts, const gchar * text)
{
  Voice *self = (Voice *) tts;

  g_atomic_int_inc (&self->asked);
  g_strfreev (self->words);
  self->words = g_strsplit (text, " ", -1);
  self->given = 0;
  if (self->late)
    gst_voice_tts_cost (tts, "late", 0.25);
  gst_voice_stage_set_timer (GST_VOICE_STAGE (tts), 3,
      gst_voice_stage_now (GST_VOICE_STAGE (tts)) + 50 * MS);
}

static void
voice_cancel (GstVoiceTts * tts)
{
  if (((Voice *) tts)->cost_at_end)
    gst_voice_tts_cost (tts, "late", 0.25);
  g_clear_pointer (&((Voice *) tts)->words, g_strfreev);
}

static void
voice_finalize (GObject * object)
{
  g_strfreev (((Voice *) object)->words);
  G_OBJECT_CLASS (voice_parent_class)->finalize (object);
}

static void
voice_class_init (VoiceClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = voice_finalize;
  GST_VOICE_STAGE_CLASS (klass)->timer = voice_timer;
  klass->speak = voice_speak;
  klass->cancel = voice_cancel;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &any_src);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Voice",
      "Test", "Speaks words", "gst-voice");
}

static void
voice_init (Voice * self)
{
}

/* --- a recogniser ----------------------------------------------------- */

typedef struct
{
  GstVoiceStt parent;

  Fault fault;
  guint after;
  gint asked;
  gint16 level;                 /* of the word that sounds, or 0 */
  GstClockTime begun, last;
  GArray *heard;                /* of GstVoiceWord, without text */
  guint segment, words;
  gboolean gone;                /* it says no more */
} Ears;
typedef GstVoiceSttClass EarsClass;
static GType ears_get_type (void);
G_DEFINE_TYPE (Ears, ears, GST_TYPE_VOICE_STT);

static gboolean
ears_fail (Ears * self)
{
  if (self->gone)
    return TRUE;
  if (self->fault == WELL || (self->fault >= STALLS
          && self->words < self->after))
    return FALSE;
  self->gone = TRUE;
  if (self->fault != SILENT && self->fault != STALLS)
    gst_voice_stage_fail (GST_VOICE_STAGE (self), new_error ());
  self->fault = WELL;
  return TRUE;
}

static void
ears_tell (Ears * self, gboolean final)
{
  GString *text = g_string_new (NULL);
  GstVoiceWords *words = gst_voice_words_new (self->heard->len);
  GstVoiceTranscript t = {.segment = self->segment + 1,.confidence = 1,
    .words = words
  };

  for (guint i = 0; i < words->n; i++) {
    words->word[i] = g_array_index (self->heard, GstVoiceWord, i);
    words->word[i].text = g_strdup_printf ("w%u", words->word[i].offset);
    g_string_append_printf (text, "%s%s", i ? " " : "", words->word[i].text);
  }
  t.text = text->str;
  t.start = words->n ? words->word[0].start : GST_CLOCK_TIME_NONE;
  t.end = words->n ? words->word[words->n - 1].end : GST_CLOCK_TIME_NONE;
  if (final) {
    gst_voice_stt_final (GST_VOICE_STT (self), &t);
    g_array_set_size (self->heard, 0);
    self->segment++;
  } else {
    gst_voice_stt_interim (GST_VOICE_STT (self), &t);
  }
  gst_voice_words_unref (words);
  g_string_free (text, TRUE);
}

static void
ears_word_ends (Ears * self, GstClockTime end)
{
  GstVoiceWord word = {.offset = self->level,.start = self->begun,.end = end };

  /* Who came into the middle of a word has not understood it. */
  if (end - self->begun >= (WORD - STEP) * MS) {
    g_array_append_val (self->heard, word);
    self->words++;
    ears_tell (self, FALSE);
  }
}

static void
ears_audio (GstVoiceStt * stt, const gint16 * samples, gsize n,
    GstClockTime start)
{
  Ears *self = (Ears *) stt;

  if (n == 0 || ears_fail (self))
    return;
  if (samples[0] != self->level) {
    if (self->level)
      ears_word_ends (self, start);
    self->level = samples[0];
    self->begun = start;
  }
}

static void
ears_speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  Ears *self = (Ears *) stt;

  if (!ears_fail (self) && what == GST_VOICE_STT_STOP && self->heard->len)
    ears_tell (self, TRUE);
}

static gboolean
ears_finish (GstVoiceStt * stt)
{
  Ears *self = (Ears *) stt;

  if (!self->gone && self->heard->len)
    ears_tell (self, TRUE);
  return TRUE;
}

static gboolean
ears_set_rate (GstVoiceStt * stt, guint rate)
{
  g_atomic_int_inc (&((Ears *) stt)->asked);
  return TRUE;
}

static gboolean
ears_start (GstVoiceStage * stage, GError ** error)
{
  Ears *self = (Ears *) stage;

  self->gone = FALSE;
  self->level = 0;
  self->segment = 0;
  g_array_set_size (self->heard, 0);
  return GST_VOICE_STAGE_CLASS (ears_parent_class)->start (stage, error);
}

static void
ears_finalize (GObject * object)
{
  g_array_unref (((Ears *) object)->heard);
  G_OBJECT_CLASS (ears_parent_class)->finalize (object);
}

static void
ears_class_init (EarsClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = ears_finalize;
  GST_VOICE_STAGE_CLASS (klass)->start = ears_start;
  klass->set_rate = ears_set_rate;
  klass->audio = ears_audio;
  klass->speech = ears_speech;
  klass->finish = ears_finish;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &any_sink);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Ears",
      "Test", "Hears words", "gst-voice");
}

static void
ears_init (Ears * self)
{
  self->heard = g_array_new (FALSE, TRUE, sizeof (GstVoiceWord));
}

/* --- a caller --------------------------------------------------------- */

typedef struct
{
  GstVoiceStage parent;

  guint utterances, words;
  guint64 step;
} Caller;
typedef GstVoiceStageClass CallerClass;
static GType caller_get_type (void);
G_DEFINE_TYPE (Caller, caller, GST_TYPE_VOICE_STAGE);

static void
caller_tell (Caller * self, const gchar * name, const gchar * field)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  gst_voice_stage_push_event (stage, GST_VOICE_OOB, gst_voice_structure_new
      (name, field, gst_voice_stage_now (stage), "running-time",
          gst_voice_stage_now (stage), NULL));
}

/* An utterance, a second of silence, and again; then three seconds. */
static void
caller_timer (GstVoiceStage * stage, guint timer)
{
  Caller *self = (Caller *) stage;
  guint n = RATE * STEP / 1000;
  guint length = self->words * (WORD + GAP), turn = length + 1000;
  guint at = self->step * STEP, in = at % turn, utterance = at / turn;
  gint16 *samples = g_new0 (gint16, n);
  GstBuffer *buffer = gst_buffer_new_wrapped (samples, n * 2);

  for (guint i = 0; i < n && utterance < self->utterances && in < length
      && in % (WORD + GAP) < WORD; i++)
    samples[i] = utterance * self->words + in / (WORD + GAP) + 1;
  if (utterance < self->utterances && in == 0)
    caller_tell (self, "speech-start", "onset");
  GST_BUFFER_DURATION (buffer) = STEP * MS;
  gst_voice_stage_push (stage, buffer);
  if (utterance < self->utterances && in == length + 200)
    caller_tell (self, "speech-stop", "end");
  self->step++;
  if (at > self->utterances * turn + 5000)
    gst_voice_stage_drained (stage);
  else
    gst_voice_stage_set_timer (stage, 0, gst_voice_stage_now (stage) +
        STEP * MS);
}

static void
caller_begin (GstVoiceStage * stage, gpointer data)
{
  GstCaps *caps = gst_caps_from_string ("audio/x-raw,format=S16LE,layout="
      "interleaved,channels=1,rate=8000");

  gst_voice_stage_set_src_caps (stage, caps);
  gst_caps_unref (caps);
  gst_voice_stage_set_timer (stage, 0, gst_voice_stage_now (stage));
}

static GstStateChangeReturn
caller_change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret = GST_ELEMENT_CLASS (caller_parent_class)
      ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    gst_voice_stage_post (GST_VOICE_STAGE (element), caller_begin, NULL, NULL);
  return ret;
}

static GstFlowReturn
caller_input (GstVoiceStage * stage, GstBuffer * buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
caller_class_init (CallerClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  klass->timer = caller_timer;
  klass->input = caller_input;
  klass->rank = GST_VOICE_ALARM_SOURCE;
  element_class->change_state = caller_change_state;
  gst_element_class_add_static_pad_template (element_class, &any_sink);
  gst_element_class_add_static_pad_template (element_class, &any_src);
  gst_element_class_set_static_metadata (element_class, "Caller", "Test",
      "Says words", "gst-voice");
}

static void
caller_init (Caller * self)
{
}

/* --- making them ------------------------------------------------------ */

static GstElement *
make (GType type, const gchar * name)
{
  gst_element_register (NULL, name, GST_RANK_NONE, type);
  return gst_element_factory_make (name, NULL);
}

GstElement *
double_model (Fault fault, guint after, guint words)
{
  Model *self = (Model *) make (model_get_type (), "doublemodel");

  self->fault = fault;
  self->after = after;
  self->words = words;
  return GST_ELEMENT (self);
}

/* When it has to go on it begins with word @from. */
void
double_model_repeat (GstElement * model, guint from)
{
  ((Model *) model)->repeat = from;
}

/* It calls a tool behind its first word. */
void
double_model_call (GstElement * model, const gchar * tool)
{
  ((Model *) model)->tool = g_strdup (tool);
}

GstElement *
double_voice (Fault fault, guint after)
{
  Voice *self = (Voice *) make (voice_get_type (), "doublevoice");

  self->fault = fault;
  self->after = after;
  return GST_ELEMENT (self);
}

/* It does not say when its words sound. */
void
double_voice_mute_times (GstElement * voice)
{
  ((Voice *) voice)->no_times = TRUE;
}

/* It says so when they have sounded, and what it costs: 0.25. */
void
double_voice_cost_at_end (GstElement * voice)
{
  ((Voice *) voice)->cost_at_end = TRUE;
}

void
double_voice_late_times (GstElement * voice)
{
  ((Voice *) voice)->late = TRUE;
}

GstElement *
double_ears (Fault fault, guint after)
{
  Ears *self = (Ears *) make (ears_get_type (), "doubleears");

  self->fault = fault;
  self->after = after;
  return GST_ELEMENT (self);
}

guint
double_asked (GstElement * element)
{
  return g_atomic_int_get (GST_IS_VOICE_LLM (element) ?
      &((Model *) element)->asked : GST_IS_VOICE_TTS (element) ?
      &((Voice *) element)->asked : &((Ears *) element)->asked);
}

/* --- the scene -------------------------------------------------------- */

static void
tell (Scene * scene, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void tell (Scene * scene, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_mutex_lock (&scene->lock);
  if (scene->told->len)
    g_string_append_c (scene->told, ' ');
  g_string_append_vprintf (scene->told, format, args);
  g_cond_broadcast (&scene->cond);
  g_mutex_unlock (&scene->lock);
  va_end (args);
}

static void
tell_fault (Scene * scene, GstMessage * message, const gchar * kind)
{
  const GstStructure *details = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error_details (message, &details);
  else
    gst_message_parse_warning_details (message, &details);
  tell (scene, "%s:%s", kind, details ? gst_structure_get_string (details,
          "code") : "?");
}

/* What costs something. */
static void
tell_usage (Scene * scene, const GstStructure * s)
{
  gdouble cost = 0;

  gst_structure_get_double (s, "cost", &cost);
  g_mutex_lock (&scene->lock);
  scene->characters += gst_voice_structure_uint (s, "characters");
  scene->cost += cost;
  g_cond_broadcast (&scene->cond);
  g_mutex_unlock (&scene->lock);
  if (cost > 0)
    tell (scene, "%s/%s:%g", gst_voice_structure_string (s, "provider"),
        gst_voice_structure_string (s, "model"), cost);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Scene *scene = data;
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    tell_fault (scene, message, "W");
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    tell_fault (scene, message, "ERROR");
  else if (s && gst_structure_has_name (s, "voice/provider"))
    tell (scene, "%s", gst_voice_structure_string (s, "state"));
  else if (s && gst_structure_has_name (s, "voice/usage"))
    tell_usage (scene, s);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static GstClockTime
now_of (Scene * scene)
{
  return gst_clock_get_time (scene->clock) -
      gst_element_get_base_time (scene->pipeline);
}

static void
append_locked (Scene * scene, const gchar * text)
{
  if (scene->text->len && !g_str_has_suffix (scene->text->str, " "))
    g_string_append_c (scene->text, ' ');
  g_string_append (scene->text, text);
}

/* A word counts when all of it has sounded; a piece of one is told as such. */
static void
end_run_locked (Scene * scene)
{
  gchar *text = g_strdup_printf (scene->run == WORD * RATE / 1000 ? "w%u" :
      "piece-of-w%u", scene->level);

  if (scene->run && scene->level)
    append_locked (scene, text);
  scene->run = 0;
  g_free (text);
}

static void
listen_locked (Scene * scene, GstBuffer * buffer)
{
  GstClockTime now = now_of (scene);
  GstMapInfo map;
  gint16 *samples;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  samples = (gint16 *) map.data;
  for (gsize i = 0; i < map.size / 2; i++) {
    if (samples[i] != (gint16) scene->level) {
      end_run_locked (scene);
      scene->level = samples[i];
    }
    scene->run++;
  }
  if (!GST_CLOCK_TIME_IS_VALID (scene->first))
    scene->first = scene->plays_until = now;
  if (now > scene->plays_until)
    scene->silence += now - scene->plays_until;
  scene->plays_until = MAX (scene->plays_until, now) + map.size / 2 *
      GST_SECOND / RATE;
  gst_buffer_unmap (buffer, &map);
}

/* Which characters are spoken when. */
static void
note_words_locked (Scene * scene, const GstVoiceMeta * meta)
{
  for (guint i = 0; meta && meta->words && i < meta->words->n; i++) {
    const GstVoiceWord *word = &meta->words->word[i];

    g_string_append_printf (scene->words, "%u+%u@%u ", word->offset,
        word->length, (guint) (word->start / MS));
  }
}

static GstFlowReturn
out_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  Scene *scene = gst_pad_get_element_private (pad);
  gboolean interrupts;
  gchar *text;

  g_mutex_lock (&scene->lock);
  scene->last = now_of (scene);
  if (scene->rate) {
    note_words_locked (scene, gst_voice_meta_get (buffer));
    listen_locked (scene, buffer);
  } else {
    text = gst_voice_text_buffer_get (buffer);
    append_locked (scene, text);
    g_free (text);
    if (!GST_CLOCK_TIME_IS_VALID (scene->first))
      scene->first = scene->last;
  }
  g_cond_broadcast (&scene->cond);
  interrupts = scene->interrupts_at && scene->level == scene->interrupts_at;
  if (interrupts)
    scene->interrupts_at = 0;
  g_mutex_unlock (&scene->lock);
  if (interrupts)
    gst_pad_push_event (scene->in, gst_voice_event_new (GST_VOICE_OOB, NULL,
            gst_voice_structure_new ("interrupt", "generation", 1, NULL)));
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
note_out (Scene * scene, const gchar * text, gboolean over)
{
  g_mutex_lock (&scene->lock);
  if (scene->rate)
    end_run_locked (scene);
  append_locked (scene, text);
  scene->over |= over;
  g_cond_broadcast (&scene->cond);
  g_mutex_unlock (&scene->lock);
}

static gboolean
out_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Scene *scene = gst_pad_get_element_private (pad);
  const GstStructure *s = gst_voice_event_parse (event);
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate",
        (gint *) & scene->rate);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    note_out (scene, "EOS", TRUE);
  } else if (gst_voice_event_is (event, "speech-end")) {
    note_out (scene, "E", FALSE);
  } else if (gst_voice_event_is (event, "tool-call")) {
    note_out (scene, "call", FALSE);
  } else if (gst_voice_event_is (event, "stt-reset")
      || gst_voice_event_is (event, "speech-start")
      || gst_voice_event_is (event, "speech-stop")) {
    tell (scene, "%s", gst_structure_get_name (s) + strlen ("voice/"));
  } else if (gst_voice_event_is (event, "say")) {
    tell (scene, "say(%s)", gst_voice_structure_string (s, "text"));
  } else if (gst_voice_event_is (event, "hangup")) {
    tell (scene, "hangup(%s)", gst_voice_structure_string (s, "reason"));
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
out_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (!gst_voice_query_is (query, "tools"))
    return GST_QUERY_TYPE (query) == GST_QUERY_CAPS
        || GST_QUERY_TYPE (query) == GST_QUERY_ACCEPT_CAPS ?
        gst_pad_query_default (pad, parent, query) : FALSE;
  gst_structure_set (gst_query_writable_structure (query), "tools",
      G_TYPE_STRING, "[{\"name\":\"look\"}]", NULL);
  return TRUE;
}

/* A deadline that nobody keeps would hang the test. */
void
scene_init (Scene * scene, const gchar * properties, ...)
{
  gchar *text = g_strdup_printf ("fallback %s", properties);
  GstElement *child;
  GstBus *bus;
  GstPad *pad;
  va_list args;

  gst_voice_health_clear ();
  memset (scene, 0, sizeof *scene);
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->cond);
  scene->text = g_string_new (NULL);
  scene->told = g_string_new (NULL);
  scene->words = g_string_new (NULL);
  scene->first = GST_CLOCK_TIME_NONE;
  scene->pipeline = gst_pipeline_new (NULL);
  scene->fallback = gst_parse_launch (text, NULL);
  g_free (text);
  va_start (args, properties);
  while ((child = va_arg (args, GstElement *)))
    gst_bin_add (GST_BIN (scene->fallback), child);
  va_end (args);
  gst_bin_add (GST_BIN (scene->pipeline), scene->fallback);
  scene->clock = gst_voice_clock_new ();
  gst_pipeline_use_clock (GST_PIPELINE (scene->pipeline), scene->clock);
  bus = gst_element_get_bus (scene->pipeline);
  gst_bus_set_sync_handler (bus, on_message, scene, NULL);
  gst_object_unref (bus);
  scene->out = gst_pad_new ("out", GST_PAD_SINK);
  gst_pad_set_element_private (scene->out, scene);
  gst_pad_set_chain_function (scene->out, out_chain);
  gst_pad_set_event_function (scene->out, out_event);
  gst_pad_set_query_function (scene->out, out_query);
  gst_pad_set_active (scene->out, TRUE);
  pad = gst_element_get_static_pad (scene->fallback, "src");
  g_assert_cmpint (gst_pad_link (pad, scene->out), ==, GST_PAD_LINK_OK);
  gst_object_unref (pad);
}

static gboolean
in_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Scene *scene = gst_pad_get_element_private (pad);
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "say"))
    tell (scene, "say(%s)", gst_voice_structure_string (s, "text"));
  else if (gst_voice_event_is (event, "hangup"))
    tell (scene, "hangup(%s)", gst_voice_structure_string (s, "reason"));
  gst_event_unref (event);
  return TRUE;
}

/* There is a `turn`. */
static gboolean
in_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  return gst_voice_query_is (query, "arbiter");
}

/* From here on it plays, and time stands still. */
void
scene_start (Scene * scene, const gchar * caps)
{
  GstPad *pad = gst_element_get_static_pad (scene->fallback, "sink");
  GstCaps *parsed = gst_caps_from_string (caps);
  GstSegment segment;

  scene->in = gst_pad_new ("in", GST_PAD_SRC);
  gst_pad_set_element_private (scene->in, scene);
  gst_pad_set_event_function (scene->in, in_event);
  gst_pad_set_query_function (scene->in, in_query);
  gst_pad_set_active (scene->in, TRUE);
  g_assert_cmpint (gst_pad_link (scene->in, pad), ==, GST_PAD_LINK_OK);
  gst_object_unref (pad);
  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (scene->in, gst_event_new_stream_start ("in"));
  gst_pad_push_event (scene->in, gst_event_new_caps (parsed));
  gst_pad_push_event (scene->in, gst_event_new_segment (&segment));
  gst_caps_unref (parsed);
}

/* A turn for a model. */
void
scene_say (Scene * scene, guint turn, const gchar * text)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);

  gst_voice_meta_add (buffer)->turn = turn;
  GST_BUFFER_PTS (buffer) = 0;
  g_assert_cmpint (gst_pad_push (scene->in, buffer), ==, GST_FLOW_OK);
}

/* Sentences for a synthesiser, caused by one interruption less. */
void
scene_speak (Scene * scene, guint speech, ...)
{
  const gchar *text;
  guint offset = 0;
  va_list args;

  gst_pad_push_event (scene->in, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("speech", "speech", speech, "source",
              "reply", "interruptible", TRUE, "generation", speech - 1, NULL)));
  va_start (args, speech);
  while ((text = va_arg (args, const gchar *)))
  {
    GstBuffer *buffer = gst_voice_text_buffer_new (text);
    GstVoiceMeta *meta = gst_voice_meta_add (buffer);

    meta->speech = speech;
    meta->generation = speech - 1;
    meta->offset = offset;
    meta->length = g_utf8_strlen (text, -1);
    offset += meta->length;
    GST_BUFFER_PTS (buffer) = 0;
    g_assert_cmpint (gst_pad_push (scene->in, buffer), ==, GST_FLOW_OK);
  }
  va_end (args);
  gst_pad_push_event (scene->in, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("speech-end", "speech", speech,
              "generation", speech - 1, NULL)));
}

/* A caller who says so many words, so many times. Plays. */
void
scene_hear (Scene * scene, guint utterances, guint words)
{
  Caller *caller = (Caller *) make (caller_get_type (), "doublecaller");

  caller->utterances = utterances;
  caller->words = words;
  gst_bin_add (GST_BIN (scene->pipeline), GST_ELEMENT (caller));
  g_assert_true (gst_element_link_pads (GST_ELEMENT (caller), "src",
          scene->fallback, "sink"));
  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
}

/* Lets time go on until all has come out, or an ERROR. */
void
scene_wait (Scene * scene)
{
  if (scene->in)
    gst_pad_push_event (scene->in, gst_event_new_eos ());
  gst_voice_clock_start (GST_VOICE_CLOCK (scene->clock));
  g_mutex_lock (&scene->lock);
  while (!scene->over && !strstr (scene->told->str, "ERROR"))
    g_cond_wait (&scene->cond, &scene->lock);
  g_mutex_unlock (&scene->lock);
}

void
scene_wait_cost (Scene * scene, gdouble cost)
{
  g_mutex_lock (&scene->lock);
  while (scene->cost < cost)
    g_cond_wait (&scene->cond, &scene->lock);
  g_mutex_unlock (&scene->lock);
}

void
scene_clear (Scene * scene)
{
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  gst_object_unref (scene->pipeline);
  gst_object_unref (scene->clock);
  gst_object_unref (scene->out);
  g_clear_pointer (&scene->in, gst_object_unref);
  g_string_free (scene->text, TRUE);
  g_string_free (scene->told, TRUE);
  g_string_free (scene->words, TRUE);
  g_cond_clear (&scene->cond);
  g_mutex_clear (&scene->lock);
}
