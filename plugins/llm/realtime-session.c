/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The connection of openairealtime: what the session is to be like, what comes
 * over it, and what becomes of all that when it breaks. A new connection is
 * given the conversation as text.
 *
 * Threads: the mind's task. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-mind-private.h"

#include <gst-voice/events.h>
#include <gst-voice/json.h>
#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

#define OWN_ANSWER (1000 * GST_MSECOND)
#define AGAIN (300 * GST_MSECOND)
#define PING_S 10
#define BEFORE_EXPIRY_S 120
/* A session that stood so long was a good one. */
#define GOOD_US (30 * G_USEC_PER_SEC)

/* Takes @event. */
void
realtime_send (GstVoiceRealtimeMind * self, gchar * event)
{
  if (self->link && self->open)
    gst_voice_link_send_text (self->link, event);
  g_free (event);
}

/* An answer is owed, or words, or that the session stands. */
void
realtime_watch (GstVoiceRealtimeMind * self)
{
  gboolean expecting = !self->ready || self->owed > 0 || realtime_active (self);

  if (!self->link || expecting == self->expecting)
    return;
  self->expecting = expecting;
  gst_voice_link_expect (self->link, expecting);
}


static JsonArray *
ask_tools (GstVoiceRealtimeMind * self, JsonNode ** node)
{
  GstQuery *query = gst_voice_query_new ("tools");
  const gchar *json;

  *node = NULL;
  if (gst_pad_peer_query (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
          query)) {
    json = gst_voice_structure_string (gst_query_get_structure (query),
        "tools");
    *node = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE,
        GST_VOICE_JSON_MAX_DEPTH, NULL);
  }
  gst_query_unref (query);
  return *node && JSON_NODE_HOLDS_ARRAY (*node) ? json_node_get_array (*node) :
      NULL;
}

/* Says what the session is to be like, unless it is so already. */
void
realtime_update (GstVoiceRealtimeMind * self)
{
  JsonNode *tools;
  OpenaiRealtimeSettings settings = {
    .beta = self->now->beta,
    .voice = gst_voice_provider_voice (self->provider),
    .language = gst_voice_provider_language (self->provider),
    .transcription = realtime_options_transcription (self->now->transcription),
    .turns = self->now->turns,
    .eagerness = realtime_options_eagerness (self->now->eagerness),
    .threshold = self->now->threshold,
    .prefix = self->now->prefix,
    .silence = self->now->silence,
    .interrupts = self->now->interrupts,
    .speed = self->now->speed,
    .max_tokens = self->now->max_tokens,
    .tool_choice = self->now->tool_choice,
    .extra = self->now->more ? json_node_get_object (self->now->more) : NULL,
  };
  gchar *prompt, *session;

  if (!self->open)
    return;
  settings.tools = ask_tools (self, &tools);
  g_object_get (self, "system-prompt", &prompt, "temperature",
      &settings.temperature, NULL);
  settings.instructions = prompt;
  session = openai_realtime_session (&settings);
  if (g_strcmp0 (session, self->session) != 0) {
    /* After its first sound the voice cannot change. */
    settings.voice = NULL;
    realtime_send (self, self->session ? openai_realtime_session (&settings) :
        g_strdup (session));
    g_free (self->session);
    self->session = g_steal_pointer (&session);
  }
  g_free (session);
  g_free (prompt);
  g_clear_pointer (&tools, json_node_unref);
}


static void lose (GstVoiceRealtimeMind * self, const GError * error,
    gint64 retry_after, gboolean fault);

/* Most errors leave the session as it is. */
static void
take_error (GstVoiceRealtimeMind * self, const OpenaiRealtimeEvent * e)
{
  GstVoiceError code = openai_realtime_error (e->code, self->ready ?
      GST_VOICE_ERROR_INTERNAL : GST_VOICE_ERROR_BAD_REQUEST);
  RealtimeAnswer *a = realtime_asked (self, 0);
  GError *error;

  GST_INFO_OBJECT (self, "error: %s", e->code);
  if (g_strcmp0 (e->code, "conversation_already_has_active_response") == 0) {
    if (a)
      a->sent = FALSE;
    self->blocked = TRUE;
    gst_voice_stage_set_timer (GST_VOICE_STAGE (self), REALTIME_TIMER_AGAIN,
        gst_voice_stage_now (GST_VOICE_STAGE (self)) + AGAIN);
  } else if (g_strcmp0 (e->code, "input_audio_buffer_commit_empty") == 0) {
    self->owed -= self->owed > 0;
    realtime_drop_early (self);
    realtime_check_finished (self);
  } else if (code != GST_VOICE_ERROR_INTERNAL) {
    error = realtime_error_of (e);
    error->code = code;
    if (self->ready && a && gst_voice_error_is_retryable (code)
        && code != GST_VOICE_ERROR_DISCONNECTED)
      realtime_fail (self, a, g_error_copy (error));
    else
      lose (self, error, -1, TRUE);
    g_error_free (error);
  }
  realtime_watch (self);
}

static void
enter_history (GstVoiceRealtimeMind * self)
{
  JsonArray *messages = gst_voice_chat_render (gst_voice_session_chat
      (gst_voice_stage_session (GST_VOICE_STAGE (self))));
  GPtrArray *events = openai_realtime_history (messages, self->now->beta);

  for (guint i = 0; i < events->len; i++)
    realtime_send (self, g_strdup (g_ptr_array_index (events, i)));
  self->n_notes = 0;
  for (guint i = 0; i < json_array_get_length (messages); i++)
    self->n_notes += g_strcmp0 (llm_wire_string (llm_wire_element (messages,
                i), "role"), "system") == 0;
  /* By these names they are known now, and so is what came of them. */
  for (guint i = 0; i < self->calls->len; i++) {
    RealtimeCall *call = g_ptr_array_index (self->calls, i);

    g_free (call->call_id);
    call->call_id = g_strdup (call->id);
    g_clear_pointer (&call->item, g_free);
    if (!call->told)
      call->told = g_strdup ("");
  }
  g_ptr_array_unref (events);
  json_array_unref (messages);
}

/* It stands: what it is to be like, what was said before, and the sound that
 * the last one had not understood. */
static void
on_opened (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  self->open = TRUE;
  g_clear_pointer (&self->session, g_free);
  realtime_update (self);
  enter_history (self);
  realtime_resume_sound (self);
  self->opened_us = g_get_monotonic_time ();
}

static void
take_session (GstVoiceRealtimeMind * self, const OpenaiRealtimeEvent * e)
{
  gint64 left = e->expires ? (e->expires - BEFORE_EXPIRY_S) * 1000 -
      g_get_real_time () / 1000 : 0;

  /* Clocks may differ. */
  if (left <= 0)
    left = G_MAXINT64;
  if (self->now->renew_after)
    left = MIN (left, self->now->renew_after);
  if (left < G_MAXINT64)
    gst_voice_stage_set_timer (GST_VOICE_STAGE (self), REALTIME_TIMER_RENEW,
        gst_voice_stage_now (GST_VOICE_STAGE (self)) + left * GST_MSECOND);
  if (e->type == OPENAI_REALTIME_READY) {
    self->ready = TRUE;
    realtime_go_on (self);
  }
}

static void
on_text (GstVoiceStage * stage, const gchar * name, const gchar * text,
    gsize size, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  OpenaiRealtimeEvent *e = openai_realtime_event_parse (text, size);
  GError *error;

  if (!e) {
    error = g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
        "the service sent what is no JSON object: check that the url is one of "
        "realtime sessions");
    lose (self, error, -1, TRUE);
    g_error_free (error);
    return;
  }
  switch (e->type) {
    case OPENAI_REALTIME_SESSION:
    case OPENAI_REALTIME_READY:
      take_session (self, e);
      break;
    case OPENAI_REALTIME_STARTED:
      realtime_take_started (self, e);
      break;
    case OPENAI_REALTIME_STOPPED:
      if (!realtime_is_own (self))
        realtime_tell_ears (self, e->type, e->item, NULL,
            realtime_sample_of (self, e->time));
      break;
    case OPENAI_REALTIME_COMMITTED:
      realtime_take_committed (self, e);
      break;
    case OPENAI_REALTIME_HEARD:
    case OPENAI_REALTIME_UNHEARD:
      realtime_take_heard (self, e);
      break;
    case OPENAI_REALTIME_CREATED:
      realtime_take_created (self, e);
      break;
    case OPENAI_REALTIME_ITEM:
    case OPENAI_REALTIME_WORDS:
    case OPENAI_REALTIME_AUDIO:
    case OPENAI_REALTIME_CALL:
    case OPENAI_REALTIME_DONE:
      realtime_take_piece (self, g_steal_pointer (&e));
      break;
    case OPENAI_REALTIME_ERROR:
      take_error (self, e);
      break;
    case OPENAI_REALTIME_OTHER:
      break;
  }
  g_clear_pointer (&e, openai_realtime_event_free);
  realtime_watch (self);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  GError *error = end->error ? g_error_copy (end->error) :
      g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
      "the service closed the session: try again");

  GST_INFO_OBJECT (self, "closed: status %u, code %u, request %s",
      end->http_status, end->close_code, end->request_id);
  lose (self, error, end->retry_after, end->error != NULL || !self->ready);
  g_error_free (error);
}

void
realtime_connect (GstVoiceRealtimeMind * self, guint delay)
{
  static const GstVoiceLinkEvents events = {
    .opened = on_opened,
    .text = on_text,
    .closed = on_closed,
  };
  gchar *model = g_uri_escape_string (gst_voice_provider_model
      (self->provider), NULL, FALSE);
  gchar *path = g_strconcat ("/realtime?model=", model, NULL);

  self->link = gst_voice_provider_socket (self->provider, path);
  gst_voice_link_set_ping (self->link, PING_S);
  gst_voice_link_set_delay (self->link, delay);
  gst_voice_link_open (self->link, &events, NULL);
  self->expecting = FALSE;
  realtime_watch (self);
  g_free (model);
  g_free (path);
}

void
realtime_let_go (GstVoiceRealtimeMind * self)
{
  g_clear_pointer (&self->link, gst_voice_link_close);
  self->open = self->ready = self->blocked = self->own_answer = FALSE;
  gst_voice_stage_set_timer (GST_VOICE_STAGE (self), REALTIME_TIMER_RENEW,
      GST_CLOCK_TIME_NONE);
}

/* The session is gone. What was asked for and not begun is asked for again;
 * what was begun has failed; what was begun early is forgotten. */
static void
lose_answers (GstVoiceRealtimeMind * self, const GError * error, gboolean good)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    RealtimeAnswer *a = l->data;

    if (a->done || a->dropped || (!a->request && !a->say)) {
      a->done = a->dropped = TRUE;
      if (!a->playing)
        a->settled = TRUE;
      g_array_set_size (a->items, 0);
    } else if (good && (!a->speech || a->say) && a->items->len == 0) {
      realtime_answer_reset (a);
    } else {
      realtime_fail (self, a, g_error_copy (error));
    }
  }
  if (self->awaits) {
    RealtimeAnswer *a = realtime_add (self, ++self->n_asked);

    a->request = self->awaits;
    self->awaits = 0;
    if (!good)
      realtime_fail (self, a, g_error_copy (error));
  }
  realtime_tidy (self);
}

/* @fault: it was not to be expected */
static void
lose (GstVoiceRealtimeMind * self, const GError * error, gint64 retry_after,
    gboolean fault)
{
  static const guint delays[] = { 0, 500, 2000, 5000 };
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  gboolean again;

  realtime_let_go (self);
  if (fault)
    gst_voice_provider_refused (self->provider, error, retry_after);
  if (self->opened_us && g_get_monotonic_time () - self->opened_us > GOOD_US)
    self->attempts = 0;
  again = gst_voice_error_is_retryable (error->code)
      && self->attempts < G_N_ELEMENTS (delays);
  self->failed = !again;
  lose_answers (self, error, again);
  if (!realtime_is_own (self) || !again) {
    self->speaking = FALSE;
    if (self->owed > 0)
      realtime_tell_ears (self, OPENAI_REALTIME_SESSION, NULL, NULL, -1);
  }
  if (again && !self->hung_up) {
    realtime_connect (self, delays[self->attempts++]);
  } else if (!self->hung_up) {
    realtime_check_finished (self);
    gst_voice_stage_fail (stage, g_error_copy (error));
  }
}

/* Nobody speaks and nothing is owed: the moment for a new session. */
static void
renew (GstVoiceRealtimeMind * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  gboolean quiet = !self->speaking && self->owed == 0 && !self->awaits;

  realtime_tidy (self);
  if (quiet && g_queue_is_empty (&self->answers)) {
    realtime_let_go (self);
    realtime_connect (self, 0);
  } else {
    gst_voice_stage_set_timer (stage, REALTIME_TIMER_RENEW,
        gst_voice_stage_now (stage)
        + GST_SECOND);
  }
}

void
realtime_timer (GstVoiceStage * stage, guint id)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  RealtimeAnswer *a;

  if (id == REALTIME_TIMER_RENEW && self->ready) {
    renew (self);
  } else if (id == REALTIME_TIMER_AGAIN) {
    self->blocked = FALSE;
    realtime_go_on (self);
  } else if (id == REALTIME_TIMER_OWN_ANSWER && self->own_answer) {
    /* It does not: perhaps it was answering something else then. */
    self->own_answer = FALSE;
    if (self->awaits) {
      a = realtime_add (self, ++self->n_asked);
      a->request = self->awaits;
      self->awaits = 0;
      realtime_go_on (self);
    }
  }
}
