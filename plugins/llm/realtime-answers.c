/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the agent says in openairealtime: the answers of the service, from being
 * asked for until it is known what was heard of them.
 *
 * An answer is often under way before it is asked for. The service begins it by
 * itself when it takes the caller for finished, or we have it begin when `vad`
 * does, while `turn` still waits for the caller's words. Such an answer is kept
 * until the base asks for one in a spoken turn, and is then that one; if the
 * caller goes on first, it is cancelled and forgotten.
 *
 * Threads: the mind's task. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-mind-private.h"

#include <gst-voice/events.h>
#include <gst-voice/price.h>
#include <string.h>

#define MAX_ANSWERS 64
#define MAX_CALLS 256
/* Sound that comes before any word of it. */
#define MAX_EARLY OPENAI_REALTIME_RATE  /* bytes: half a second */

#define SAY "Say the following to the caller, word for word, in its own " \
    "language, and nothing before or after it. Do not answer it. \"%s\""

static gboolean
is_active (const RealtimeAnswer * a)
{
  return a->sent && !a->done;
}

RealtimeAnswer *
realtime_active (GstVoiceRealtimeMind * self)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    if (is_active (l->data))
      return l->data;
  }
  return NULL;
}

/* That which nobody has asked for yet. */
RealtimeAnswer *
realtime_early (GstVoiceRealtimeMind * self)
{
  for (GList * l = self->answers.tail; l; l = l->prev) {
    RealtimeAnswer *a = l->data;

    if (!a->request && !a->say && !a->dropped)
      return a;
  }
  return NULL;
}

RealtimeAnswer *
realtime_of_request (GstVoiceRealtimeMind * self, guint request)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    RealtimeAnswer *a = l->data;

    if (a->request == request && !a->dropped)
      return a;
  }
  return NULL;
}

RealtimeAnswer *
realtime_of_speech (GstVoiceRealtimeMind * self, guint speech)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    if (((RealtimeAnswer *) l->data)->speech == speech)
      return l->data;
  }
  return NULL;
}

/* What is known to the service as it should be is of no interest any more. */
void
realtime_tidy (GstVoiceRealtimeMind * self)
{
  for (GList * l = self->answers.head, *next; l; l = next) {
    RealtimeAnswer *a = l->data;
    gboolean over = a->settled && (a->done || a->dropped);

    next = l->next;
    if (!is_active (a) && (over || self->answers.length > MAX_ANSWERS)) {
      realtime_answer_free (a);
      g_queue_delete_link (&self->answers, l);
    }
  }
}

void
realtime_cancel (GstVoiceRealtimeMind * self, RealtimeAnswer * a)
{
  if (!is_active (a) || a->cancelled || !a->response)
    return;
  a->cancelled = TRUE;
  realtime_send (self, openai_realtime_cancel (a->response));
}

/* So much of it was heard. */
void
realtime_settle (GstVoiceRealtimeMind * self, RealtimeAnswer * a, guint ms)
{
  GPtrArray *events;

  if (a->settled && ms > 0)
    return;
  a->settled = TRUE;
  events = realtime_answer_heard (a, ms);
  for (guint i = 0; i < events->len; i++)
    realtime_send (self, g_strdup (g_ptr_array_index (events, i)));
  g_ptr_array_unref (events);
  /* Once is enough. */
  g_array_set_size (a->items, 0);
}

/* Calls that nobody will answer are none. */
static void
forget_held (GstVoiceRealtimeMind * self, RealtimeAnswer * a)
{
  OpenaiRealtimeEvent *e;

  while ((e = g_queue_pop_head (&a->held))) {
    if (e->type == OPENAI_REALTIME_CALL && e->item)
      realtime_send (self, openai_realtime_delete (e->item));
    openai_realtime_event_free (e);
  }
}

/* The answer is not wanted any more. What plays of it is settled when it is
 * known how much was heard. */
void
realtime_drop (GstVoiceRealtimeMind * self, RealtimeAnswer * a)
{
  if (!a->dropped) {
    a->dropped = TRUE;
    forget_held (self, a);
    if (a->speech)
      self->ends->spoken (self->mouth, a->speech);
  }
  realtime_cancel (self, a);
  if (!a->playing)
    realtime_settle (self, a, 0);
}

void
realtime_drop_early (GstVoiceRealtimeMind * self)
{
  RealtimeAnswer *a = realtime_early (self);

  if (a)
    realtime_drop (self, a);
  self->own_answer = FALSE;
  realtime_tidy (self);
}

/* What waits to be answered is asked for; one at a time. */
void
realtime_go_on (GstVoiceRealtimeMind * self)
{
  realtime_tidy (self);
  for (GList * l = self->answers.head; l && self->ready && !self->blocked
      && !realtime_active (self); l = l->next) {
    RealtimeAnswer *a = l->data;
    gchar *words;

    if (a->sent || a->dropped || a->done)
      continue;
    words = a->say ? g_strdup_printf (SAY, a->say) : NULL;
    a->sent = TRUE;
    self->asked_us = g_get_monotonic_time ();
    realtime_send (self, openai_realtime_respond (a->ask, words, a->no_tools
            || a->say));
    g_free (words);
  }
  realtime_watch (self);
}

RealtimeAnswer *
realtime_add (GstVoiceRealtimeMind * self, guint ask)
{
  RealtimeAnswer *a = realtime_answer_new ();

  a->ask = ask;
  a->generation = gst_voice_stage_generation (GST_VOICE_STAGE (self));
  g_queue_push_tail (&self->answers, a);
  return a;
}


static RealtimeAnswer *
answer_of_event (GstVoiceRealtimeMind * self, const OpenaiRealtimeEvent * e)
{
  for (GList * l = self->answers.tail; l; l = l->prev) {
    RealtimeAnswer *a = l->data;

    if (e->response && a->response ? strcmp (a->response, e->response) == 0 :
        is_active (a) && a->response)
      return a;
  }
  return NULL;
}

RealtimeAnswer *
realtime_asked (GstVoiceRealtimeMind * self, guint ask)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    RealtimeAnswer *a = l->data;

    if (is_active (a) && !a->response && (!ask || a->ask == ask))
      return a;
  }
  return NULL;
}

static void
give_sound (GstVoiceRealtimeMind * self, RealtimeAnswer * a, GBytes * sound)
{
  if (g_bytes_get_size (sound) > 0)
    self->ends->sound (self->mouth, a->speech, sound);
  else
    g_bytes_unref (sound);
}

static void
note_answered (GstVoiceRealtimeMind * self)
{
  self->attempts = 0;
  if (self->asked_us)
    gst_voice_provider_answered (self->provider, (g_get_monotonic_time ()
            - self->asked_us) * GST_USECOND);
  self->asked_us = 0;
}

static void
take_words (GstVoiceRealtimeMind * self, RealtimeAnswer * a, const gchar * text)
{
  GBytes *sound;

  if (a->say)
    return;
  gst_voice_llm_token (GST_VOICE_LLM (self), a->request, text);
  if (!a->speech)
    a->speech = gst_voice_llm_speech (GST_VOICE_LLM (self), a->request);
  while (a->speech && (sound = g_queue_pop_head (&a->early)))
    give_sound (self, a, sound);
}

static void
take_audio (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    const OpenaiRealtimeEvent * e)
{
  GBytes *sound;

  if (!e->audio)
    return;
  sound = realtime_answer_sound (a, e->item, e->audio);
  if (a->speech) {
    give_sound (self, a, sound);
    return;
  }
  a->early_size += g_bytes_get_size (sound);
  g_queue_push_tail (&a->early, sound);
  /* A service that does not write down what it says. */
  if (a->early_size > MAX_EARLY) {
    take_words (self, a, " ");
    /* Otherwise nobody wants it. */
    g_queue_clear_full (&a->early, (GDestroyNotify) g_bytes_unref);
    a->early_size = 0;
  }
}

static gchar *
new_call_id (GstVoiceRealtimeMind * self, const gchar * wanted)
{
  gchar *id = g_strdup (wanted && *wanted ? wanted : "call");

  for (guint i = 0, n = 1; i < self->calls->len; i++) {
    const RealtimeCall *call = g_ptr_array_index (self->calls, i);

    if (strcmp (call->id, id) == 0) {
      g_free (id);
      id = g_strdup_printf ("%.200s-%u", wanted ? wanted : "call", ++n);
      i = -1;
    }
  }
  return id;
}

static void
take_call (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    const OpenaiRealtimeEvent * e)
{
  RealtimeCall *call;

  if (a->say)
    return;
  call = g_new0 (RealtimeCall, 1);
  call->id = new_call_id (self, e->call);
  call->call_id = g_strdup (e->call ? e->call : call->id);
  call->item = g_strdup (e->item);
  g_ptr_array_add (self->calls, call);
  if (self->calls->len > MAX_CALLS)
    g_ptr_array_remove_index (self->calls, 0);
  gst_voice_llm_call (GST_VOICE_LLM (self), a->request, call->id, e->name,
      *e->text ? e->text : "{}");
}

static gdouble
cost_of (GstVoiceRealtimeMind * self, const OpenaiRealtimeUsage * u)
{
  const GstVoiceAmount amount = {
    .tokens_in = u->read,
    .tokens_cached = u->cached,
    .tokens_out = u->written,
    .audio_tokens_in = u->read_audio,
    .audio_tokens_cached = u->cached_audio,
    .audio_tokens_out = u->written_audio,
  };

  return gst_voice_price (gst_voice_provider_service (self->provider),
      gst_voice_provider_model (self->provider), &amount);
}

/* Of an answer that the base does not want, too: it is paid for. */
static void
report_usage (GstVoiceRealtimeMind * self, const RealtimeAnswer * a,
    const OpenaiRealtimeUsage * u)
{
  const GstVoiceLlmUsage usage = {
    .model = gst_voice_provider_model (self->provider),
    .tokens_in = u->read,
    .tokens_cached = u->cached,
    .tokens_out = u->written,
    .cost = cost_of (self, u),
  };

  gst_voice_llm_spent (GST_VOICE_LLM (self), a->turn, &usage, FALSE);
}

GError *
realtime_error_of (const OpenaiRealtimeEvent * e)
{
  return g_error_new (GST_VOICE_ERROR, openai_realtime_error (e->code,
          GST_VOICE_ERROR_SERVER), "the service could not answer (%s): look up "
      "what it means by that, or try again", e->code ? e->code : "it does not "
      "say why");
}

/* The answer cannot be given. Takes @error. */
void
realtime_fail (GstVoiceRealtimeMind * self, RealtimeAnswer * a, GError * error)
{
  guint request = a->request;

  a->done = TRUE;
  if (a->speech)
    self->ends->spoken (self->mouth, a->speech);
  else
    a->settled = TRUE;
  gst_voice_provider_refused (self->provider, error, -1);
  if (request && !a->dropped)
    gst_voice_llm_fail (GST_VOICE_LLM (self), request, error);
  else
    g_error_free (error);
}

static void
finish_answer (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    const OpenaiRealtimeEvent * e)
{
  const OpenaiRealtimeUsage *u = &e->usage;

  a->done = TRUE;
  if (g_queue_get_length (&a->early) > 0)
    take_words (self, a, " ");
  if (g_strcmp0 (e->status, "failed") == 0) {
    report_usage (self, a, u);
    realtime_fail (self, a, realtime_error_of (e));
    return;
  }
  note_answered (self);
  if (a->speech)
    self->ends->spoken (self->mouth, a->speech);
  else
    a->settled = TRUE;
  if (a->say)
    report_usage (self, a, u);
  else
    gst_voice_llm_done (GST_VOICE_LLM (self), a->request,
        gst_voice_provider_model (self->provider), u->read, u->cached,
        u->written, cost_of (self, u));
}

static void
tell_answer (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    const OpenaiRealtimeEvent * e)
{
  if (e->type == OPENAI_REALTIME_WORDS)
    take_words (self, a, e->text);
  else if (e->type == OPENAI_REALTIME_AUDIO)
    take_audio (self, a, e);
  else if (e->type == OPENAI_REALTIME_CALL)
    take_call (self, a, e);
  else if (e->type == OPENAI_REALTIME_DONE)
    finish_answer (self, a, e);
}

/* An answer that came early is the one that is asked for. */
void
realtime_claim (GstVoiceRealtimeMind * self, RealtimeAnswer * a, guint request,
    guint turn)
{
  GQueue held = a->held;
  OpenaiRealtimeEvent *e;

  g_queue_init (&a->held);
  a->request = request;
  a->turn = turn;
  a->generation = gst_voice_stage_generation (GST_VOICE_STAGE (self));
  while ((e = g_queue_pop_head (&held))) {
    if (!a->dropped)
      tell_answer (self, a, e);
    openai_realtime_event_free (e);
  }
}

void
realtime_take_created (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e)
{
  RealtimeAnswer *a = e->ask || !self->own_answer ?
      realtime_asked (self, e->ask) : NULL;

  if (!a) {
    a = realtime_add (self, 0);
    a->sent = TRUE;
    self->own_answer = FALSE;
  }
  if (!self->asked_us)
    self->asked_us = g_get_monotonic_time ();
  g_free (a->response);
  a->response = g_strdup (e->response);
  if (a->dropped)
    realtime_cancel (self, a);
  else if (!a->request && !a->say && self->awaits) {
    realtime_claim (self, a, self->awaits, a->turn);
    self->awaits = 0;
  }
  realtime_watch (self);
}

/* Takes @e. Whether a piece of an answer is wanted, not yet, or not at all. */
void
realtime_take_piece (GstVoiceRealtimeMind * self, OpenaiRealtimeEvent * e)
{
  RealtimeAnswer *a = answer_of_event (self, e);
  gboolean done = e->type == OPENAI_REALTIME_DONE;

  if (a && e->type == OPENAI_REALTIME_ITEM)
    realtime_answer_add_item (a, e->item);
  if (a && a->dropped) {
    if (done) {
      a->done = TRUE;
      report_usage (self, a, &e->usage);
      if (!a->playing)
        realtime_settle (self, a, 0);
    } else if (e->type == OPENAI_REALTIME_CALL && e->item)
      realtime_send (self, openai_realtime_delete (e->item));
  } else if (a && !a->request && !a->say) {
    a->done |= done;
    if (done && g_strcmp0 (e->status, "cancelled") == 0) {
      report_usage (self, a, &e->usage);
      realtime_drop (self, a);
    } else {
      if (!realtime_answer_hold (a, e))
        realtime_drop (self, a);
      e = NULL;
    }
  } else if (a) {
    tell_answer (self, a, e);
  }
  if (e)
    openai_realtime_event_free (e);
  if (done) {
    self->blocked = FALSE;
    realtime_go_on (self);
  }
}
