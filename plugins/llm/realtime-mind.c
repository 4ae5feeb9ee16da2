/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mind of openairealtime, which has the session with the service.
 *
 * The base keeps the conversation, says what is to be said, and asks for tools.
 * The service has a conversation of its own, which is made to say what ours
 * does: a message of the agent is truncated to what was heard of it, or deleted
 * if nothing was; results of tools, notes and written turns are entered before
 * the next answer is asked for.
 *
 * Threads: the task, but for properties, interruptions and upstream events,
 * which are posted to it.
 * Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-mind-private.h"

#include <gst-voice/events.h>
#include <string.h>

GST_DEBUG_CATEGORY (openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

#define MAX_WAITING (4 * 1024 * 1024)   /* bytes of sound, for the task */
#define RESULT_NOTE "The tool call %s has ended meanwhile. Its result: %s"

static const GstVoiceProviderInfo info = {
  .name = "openai",
  .url = "https://api.openai.com/v1",
  .key_variable = "OPENAI_API_KEY",
  .model = "gpt-realtime",
  .voice = "marin",
  .language = "en",
  .deadlines = {.connect = 3000,.first_byte = 8000,.stall = 8000},
  .headers = (const gchar * const[]) {"Authorization", "Bearer ${key}", NULL},
  .probe = "/models",
  .probe_not_at = ".azure.com",
  .options = realtime_options,
  .n_options = REALTIME_N_OPTIONS,
  .options_size = sizeof (RealtimeOptions),
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceRealtimeMind, gst_voice_realtime_mind,
    GST_TYPE_VOICE_LLM, GST_DEBUG_CATEGORY_INIT (openairealtime_debug,
        "openairealtime", 0, "OpenAI speech to speech"));

static GstVoiceStageClass *
parent_stage (void)
{
  return GST_VOICE_STAGE_CLASS (gst_voice_realtime_mind_parent_class);
}

static void
call_free (gpointer data)
{
  RealtimeCall *call = data;

  g_free (call->id);
  g_free (call->call_id);
  g_free (call->item);
  g_free (call->told);
  g_free (call);
}

void
realtime_told_free (RealtimeTold * told)
{
  g_free (told->item);
  g_free (told->text);
  g_free (told);
}


static RealtimeCall *
find_call (GstVoiceRealtimeMind * self, const gchar * id)
{
  for (guint i = 0; id && i < self->calls->len; i++) {
    RealtimeCall *call = g_ptr_array_index (self->calls, i);

    if (strcmp (call->id, id) == 0)
      return call;
  }
  return NULL;
}

static void
tell_result (GstVoiceRealtimeMind * self, JsonObject * message)
{
  RealtimeCall *call = find_call (self, llm_wire_string (message, "id"));
  gchar *output, *note;

  if (!call)
    return;
  output = openai_realtime_output (message);
  if (!call->told) {
    realtime_send (self, openai_realtime_result (call->call_id, output));
  } else if (*call->told && strcmp (call->told, output) != 0) {
    note = g_strdup_printf (RESULT_NOTE, call->call_id, output);
    realtime_send (self, openai_realtime_message ("system", note,
            self->now->beta));
    g_free (note);
  }
  g_free (call->told);
  call->told = output;
}

/* A call that was taken back has left the conversation. */
static void
forget_calls (GstVoiceRealtimeMind * self, JsonArray * messages)
{
  for (guint i = self->calls->len; i-- > 0;) {
    const RealtimeCall *call = g_ptr_array_index (self->calls, i);
    gboolean known = call->told != NULL;

    for (guint k = 0; !known && k < json_array_get_length (messages); k++)
      known = g_strcmp0 (llm_wire_string (llm_wire_element (messages, k), "id"),
          call->id) == 0;
    if (known)
      continue;
    if (call->item)
      realtime_send (self, openai_realtime_delete (call->item));
    g_ptr_array_remove_index (self->calls, i);
  }
}

/* What has come into the conversation since and was not spoken. */
static void
tell_news (GstVoiceRealtimeMind * self, const GstVoiceLlmRequest * asked)
{
  guint notes = 0;

  forget_calls (self, asked->messages);
  for (guint i = 0; i < json_array_get_length (asked->messages); i++) {
    JsonObject *message = llm_wire_element (asked->messages, i);
    const gchar *role = llm_wire_string (message, "role");

    if (g_strcmp0 (role, "tool") == 0)
      tell_result (self, message);
    else if (g_strcmp0 (role, "system") == 0 && notes++ >= self->n_notes)
      realtime_send (self, openai_realtime_message ("system",
              llm_wire_string (message, "content"), self->now->beta));
  }
  /* The last note of such a request is in no conversation. */
  self->n_notes = MAX (self->n_notes, notes - (asked->unheard && notes > 0));
}

static gboolean
is_written (GstVoiceRealtimeMind * self, guint turn)
{
  for (guint i = 0; i < MIN (self->n_written, REALTIME_MAX_WRITTEN); i++) {
    if (turn && self->written[i] == turn)
      return TRUE;
  }
  return FALSE;
}

static void
tell_written (GstVoiceRealtimeMind * self, JsonArray * messages)
{
  for (guint i = json_array_get_length (messages); i-- > 0;) {
    JsonObject *message = llm_wire_element (messages, i);
    const gchar *text = llm_wire_string (message, "content");

    if (g_strcmp0 (llm_wire_string (message, "role"), "user") != 0 || !text)
      continue;
    realtime_send (self, openai_realtime_message ("user", text,
            self->now->beta));
    return;
  }
}

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (llm);
  gboolean written = is_written (self, asked->turn);
  gboolean spoken = asked->turn && asked->step == 1 && !written
      && !asked->unheard;
  RealtimeAnswer *a = spoken ? realtime_early (self) : NULL;

  realtime_update (self);
  if (self->open)
    tell_news (self, asked);
  if (a) {
    realtime_claim (self, a, asked->id, asked->turn);
  } else if (spoken && self->own_answer) {
    self->awaits = asked->id;
  } else {
    realtime_drop_early (self);
    if (written && asked->step == 1 && self->open)
      tell_written (self, asked->messages);
    a = realtime_add (self, ++self->n_asked);
    a->request = asked->id;
    a->turn = asked->turn;
    a->no_tools = !asked->tools;
  }
  realtime_go_on (self);
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (llm);
  RealtimeAnswer *a = realtime_of_request (self, id);

  if (self->awaits == id)
    self->awaits = 0;
  if (a)
    realtime_drop (self, a);
  realtime_go_on (self);
}

typedef struct
{
  guint speech, generation;
  gboolean kept;
  gchar *text;
} Saying;

static void
saying_free (gpointer data)
{
  g_free (((Saying *) data)->text);
  g_free (data);
}

static void
take_say (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  Saying *saying = data;
  RealtimeAnswer *a = realtime_add (self, ++self->n_asked);

  a->say = g_strdelimit (g_strdup (saying->text), "\"", '\'');
  a->speech = saying->speech;
  a->generation = saying->generation;
  a->kept = saying->kept;
  realtime_go_on (self);
}

/* What was heard */

static void
take_heard_speech (GstVoiceRealtimeMind * self, const GstStructure * s)
{
  RealtimeAnswer *a = realtime_of_speech (self, gst_voice_structure_uint (s,
          "speech"));
  GstClockTime position = gst_voice_structure_time (s, "position");

  if (!a)
    return;
  a->playing = FALSE;
  if (!gst_voice_structure_boolean (s, "complete")) {
    if (!a->done)
      a->dropped = TRUE;
    realtime_cancel (self, a);
    realtime_settle (self, a, GST_CLOCK_TIME_IS_VALID (position) ?
        position / GST_MSECOND : 0);
  }
  a->settled = TRUE;
  realtime_tidy (self);
}

/* An interruption or a turn taken back: what has not begun to play will not. */
static void
drop_obsolete (GstVoiceRealtimeMind * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  gboolean withdraw = gst_voice_event_is (event, "withdraw");
  guint turn = gst_voice_structure_uint (s, "turn");
  guint generation = gst_voice_structure_uint (s, "generation");
  gboolean force = gst_voice_structure_boolean (s, "force");

  for (GList * l = self->answers.head; l; l = l->next) {
    RealtimeAnswer *a = l->data;

    if ((!a->request && !a->say) || a->settled || a->playing)
      continue;
    if (withdraw ? a->turn == turn && turn : a->generation < generation
        && (!a->kept || force))
      realtime_drop (self, a);
  }
  realtime_go_on (self);
}

/* Jobs and events that were posted come in their order. */
static void
take_posted (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  GstEvent *event = data;
  const GstStructure *s = gst_voice_event_parse (event);
  RealtimeAnswer *a;

  if (gst_voice_event_is (event, "playing")) {
    a = realtime_of_speech (self, gst_voice_structure_uint (s, "speech"));
    if (a)
      a->playing = TRUE;
  } else if (gst_voice_event_is (event, "heard")) {
    take_heard_speech (self, s);
  } else if (gst_voice_event_is (event, "hangup")) {
    self->hung_up = TRUE;
    realtime_let_go (self);
    realtime_check_finished (self);
  } else {
    drop_obsolete (self, event);
  }
}

static void
post_event (GstVoiceStage * stage, GstEvent * event)
{
  gst_voice_stage_post (stage, take_posted, gst_event_ref (event),
      (GDestroyNotify) gst_event_unref);
}

static gboolean
upstream (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "playing")
      || gst_voice_event_is (event, "heard"))
    post_event (stage, event);
  return parent_stage ()->upstream (stage, event);
}

static void
interrupt (GstVoiceStage * stage, GstEvent * event)
{
  parent_stage ()->interrupt (stage, event);
  post_event (stage, event);
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "hangup") && gst_voice_structure_boolean
      (gst_voice_event_parse (event), "now"))
    post_event (stage, event);
  return parent_stage ()->oob (stage, event);
}

/* Who the caller is may change what the model is told. */
static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  gboolean taken = parent_stage ()->event (stage, event);

  if (gst_voice_event_is (event, "participant"))
    realtime_update (GST_VOICE_REALTIME_MIND (stage));
  return taken;
}

static void
clear_call_state (GstVoiceRealtimeMind * self)
{
  RealtimeAnswer *a;

  g_clear_pointer (&self->link, gst_voice_link_close);
  g_clear_pointer (&self->session, g_free);
  while ((a = g_queue_pop_head (&self->answers)))
    realtime_answer_free (a);
  g_ptr_array_set_size (self->calls, 0);
  g_byte_array_set_size (self->kept, 0);
  self->open = self->ready = self->expecting = self->failed = FALSE;
  self->hung_up = self->speaking = self->finishing = FALSE;
  self->own_answer = self->blocked = FALSE;
  self->attempts = self->owed = self->awaits = self->n_asked = 0;
  self->n_notes = self->n_written = 0;
  self->opened_us = self->asked_us = 0;
  self->total = self->sent = self->base = self->committed = self->needed = 0;
  g_atomic_int_set (&self->waiting, 0);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  static const gchar *const azures[] = { "api-key", "${key}", NULL };
  static const gchar *const betas[] = { "Authorization", "Bearer ${key}",
    "OpenAI-Beta", "realtime=v1", NULL
  };
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  clear_call_state (self);
  if (!parent_stage ()->start (stage, error)
      || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  self->now = gst_voice_provider_options (self->provider);
  if (strstr (gst_voice_provider_url (self->provider), ".azure.com"))
    gst_voice_provider_set_headers (self->provider, azures);
  else if (self->now->beta)
    gst_voice_provider_set_headers (self->provider, betas);
  realtime_connect (self, 0);
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  parent_stage ()->stop (stage);
  clear_call_state (self);
  gst_voice_provider_stop (self->provider);
}

static void
finalize (GObject * object)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (object);

  clear_call_state (self);
  g_ptr_array_unref (self->calls);
  g_byte_array_unref (self->kept);
  gst_voice_provider_free (self->provider);
  G_OBJECT_CLASS (gst_voice_realtime_mind_parent_class)->finalize (object);
}

static void
gst_voice_realtime_mind_class_init (GstVoiceRealtimeMindClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceLlmClass *llm_class = GST_VOICE_LLM_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Realtime mind", "Text/LLM", "The session of openairealtime",
      "gst-voice");
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->event = event_in_task;
  stage_class->oob = oob;
  stage_class->upstream = upstream;
  stage_class->interrupt = interrupt;
  stage_class->timer = realtime_timer;
  llm_class->request = request;
  llm_class->cancel = cancel;
}

static void
gst_voice_realtime_mind_init (GstVoiceRealtimeMind * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->calls = g_ptr_array_new_with_free_func (call_free);
  self->kept = g_byte_array_new ();
}

/* To be called once, before it starts; the ends outlive it. */
void
realtime_mind_set_ends (GstVoiceRealtimeMind * mind, const RealtimeEnds * ends,
    gpointer ears, gpointer mouth)
{
  mind->ends = ends;
  mind->ears = ears;
  mind->mouth = mouth;
}

/* Takes @sound: what the caller says, S16 at OPENAI_REALTIME_RATE. FALSE if the
 * task does not keep up. */
gboolean
realtime_mind_hear (GstVoiceRealtimeMind * mind, GBytes * sound)
{
  gint size = g_bytes_get_size (sound);

  if (g_atomic_int_add (&mind->waiting, size) > MAX_WAITING) {
    g_atomic_int_add (&mind->waiting, -size);
    g_bytes_unref (sound);
    return FALSE;
  }
  gst_voice_stage_post (GST_VOICE_STAGE (mind), realtime_take_sound, sound,
      (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

/* `vad` takes the sound for speech from there on. */
void
realtime_mind_onset (GstVoiceRealtimeMind * mind, gint64 sample)
{
  gst_voice_stage_post (GST_VOICE_STAGE (mind), realtime_take_onset,
      g_memdup2 (&sample, sizeof sample), g_free);
}

/* And not any more. */
void
realtime_mind_stop (GstVoiceRealtimeMind * mind)
{
  gst_voice_stage_post (GST_VOICE_STAGE (mind), realtime_take_stop, NULL, NULL);
}

/* There is no more to hear. */
void
realtime_mind_finish (GstVoiceRealtimeMind * mind)
{
  gst_voice_stage_post (GST_VOICE_STAGE (mind), realtime_take_finish, NULL,
      NULL);
}

static void
take_written (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  self->written[self->n_written++ % REALTIME_MAX_WRITTEN] =
      GPOINTER_TO_UINT (data);
}

/* A turn that was written or keyed in: the service has not heard it. */
void
realtime_mind_written (GstVoiceRealtimeMind * mind, guint turn)
{
  gst_voice_stage_post (GST_VOICE_STAGE (mind), take_written,
      GUINT_TO_POINTER (turn), NULL);
}

/* A speech that no model wrote: the service is to speak it. */
void
realtime_mind_say (GstVoiceRealtimeMind * mind, guint speech,
    const gchar * text, guint generation, gboolean kept)
{
  Saying *saying = g_new0 (Saying, 1);

  saying->speech = speech;
  saying->generation = generation;
  saying->kept = kept;
  saying->text = g_strdup (text);
  gst_voice_stage_post (GST_VOICE_STAGE (mind), take_say, saying, saying_free);
}

/* Before it starts, too. */
OpenaiRealtimeTurns
realtime_mind_turns (GstVoiceRealtimeMind * mind)
{
  gint turns;

  g_object_get (mind, "turn-detection", &turns, NULL);
  return turns;
}

/* In samples: how much before the onset it begins to listen. */
guint
realtime_mind_prefix (GstVoiceRealtimeMind * mind)
{
  guint prefix;

  g_object_get (mind, "vad-prefix", &prefix, NULL);
  return realtime_mind_turns (mind) == OPENAI_REALTIME_SERVER_VAD ?
      prefix * (OPENAI_REALTIME_RATE / 1000) : 0;
}
