/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the caller says in openairealtime: the sound on its way to the service,
 * which is kept until it is understood, and what the service makes of it.
 *
 * Threads: the mind's task. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-mind-private.h"

#define RATE OPENAI_REALTIME_RATE
#define KEPT (20 * RATE)        /* samples, in case the connection breaks */
#define KEPT_QUIET (5 * RATE)
#define BEFORE (RATE * 3 / 10)  /* `vad` tells the onset a little late */
#define LEAST (RATE / 10)       /* it refuses to commit less */
#define OWN_ANSWER (1000 * GST_MSECOND)

void
realtime_tell_ears (GstVoiceRealtimeMind * self, OpenaiRealtimeType type,
    const gchar * item, const gchar * text, gint64 sample)
{
  RealtimeTold *told = g_new0 (RealtimeTold, 1);

  told->type = type;
  told->item = g_strdup (item);
  told->text = g_strdup (text);
  told->sample = sample;
  self->ends->told (self->ears, told);
}

void
realtime_check_finished (GstVoiceRealtimeMind * self)
{
  if (!self->finishing || (self->owed > 0 && !self->failed && !self->hung_up))
    return;
  self->finishing = FALSE;
  self->ends->finished (self->ears);
}


static guint64
kept_from (GstVoiceRealtimeMind * self)
{
  return self->total - self->kept->len / 2;
}

static void
forget_sound (GstVoiceRealtimeMind * self)
{
  gboolean busy = self->owed > 0 || self->speaking || !self->open;
  guint64 most = busy ? KEPT : KEPT_QUIET;
  guint64 from = self->total - MIN (most, self->total);
  guint64 n;

  if (self->owed > 0 || self->speaking)
    from = MAX (from, MIN (self->needed, self->total));
  if (from <= kept_from (self))
    return;
  n = from - kept_from (self);
  /* Moving it for each piece would be a waste. */
  if (n >= RATE / 2)
    g_byte_array_remove_range (self->kept, 0, n * 2);
}

gboolean
realtime_is_own (GstVoiceRealtimeMind * self)
{
  return self->now->turns == OPENAI_REALTIME_OWN_TURNS;
}

static void
send_sound (GstVoiceRealtimeMind * self)
{
  const gint16 *samples = (const gint16 *) self->kept->data;
  guint64 from = MAX (self->sent, kept_from (self));
  guint64 piece;

  if (!self->open || (realtime_is_own (self) && !self->speaking))
    return;
  for (; from < self->total; from += piece) {
    piece = MIN (self->total - from, RATE / 10);
    realtime_send (self,
        openai_realtime_append (samples + (from - kept_from (self)), piece));
  }
  self->sent = self->total;
}

void
realtime_take_sound (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);

  g_atomic_int_add (&self->waiting, -(gint) size);
  g_byte_array_append (self->kept, bytes, size);
  self->total += size / 2;
  send_sound (self);
  forget_sound (self);
}

/* With our own turns only what the caller says is sent. */
static void
begin_speech (GstVoiceRealtimeMind * self, guint64 onset)
{
  guint64 from = MAX (onset - MIN (onset, BEFORE), self->committed);

  self->speaking = TRUE;
  if (self->owed == 0)
    self->needed = from;
  self->sent = MAX (MIN (from, self->total), kept_from (self));
  send_sound (self);
}

void
realtime_take_onset (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  if (realtime_is_own (self) && !self->speaking)
    begin_speech (self, *(gint64 *) data);
}

/* The answer is begun while `turn` still waits for the words; not if the agent
 * speaks, since what the caller says then may be no turn at all. */
static void
answer_early (GstVoiceRealtimeMind * self)
{
  for (GList * l = self->answers.head; l; l = l->next) {
    RealtimeAnswer *a = l->data;

    if (!a->dropped && !a->settled)
      return;
  }
  realtime_add (self, ++self->n_asked);
  realtime_go_on (self);
}

static void
commit (GstVoiceRealtimeMind * self)
{
  realtime_drop_early (self);
  if (!self->open)
    return;
  realtime_send (self, g_strdup (OPENAI_REALTIME_COMMIT));
  self->committed = self->sent;
  answer_early (self);
}

/* A new connection: what was not understood over the last one is sent again. */
void
realtime_resume_sound (GstVoiceRealtimeMind * self)
{
  self->sent = self->base = self->committed = MAX (MIN (self->needed,
          self->total), kept_from (self));
  if (realtime_is_own (self) && self->owed > 0 && !self->speaking) {
    self->speaking = TRUE;
    send_sound (self);
    self->speaking = FALSE;
    self->owed = 1;
    commit (self);
    return;
  }
  if (!realtime_is_own (self)) {
    self->owed = 0;
    self->speaking = FALSE;
  }
  send_sound (self);
}

void
realtime_take_stop (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  if (!realtime_is_own (self) || !self->speaking)
    return;
  if (self->sent < MAX (self->needed, self->committed) + LEAST
      && self->owed == 0 && self->open) {
    self->speaking = FALSE;
    realtime_send (self, g_strdup (OPENAI_REALTIME_CLEAR));
    self->committed = self->sent;
  } else {
    self->speaking = FALSE;
    self->owed++;
    commit (self);
  }
  realtime_watch (self);
}

void
realtime_take_finish (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMind *self = GST_VOICE_REALTIME_MIND (stage);

  self->finishing = TRUE;
  if (realtime_is_own (self))
    realtime_take_stop (stage, NULL);
  else if (self->speaking)
    realtime_send (self, g_strdup (OPENAI_REALTIME_COMMIT));
  realtime_check_finished (self);
}


gint64
realtime_sample_of (GstVoiceRealtimeMind * self, gint64 ms)
{
  return ms < 0 ? -1 : (gint64) self->base + ms * (RATE / 1000);
}

void
realtime_take_started (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e)
{
  gint64 sample = realtime_sample_of (self, e->time);

  if (realtime_is_own (self))
    return;
  if (!self->speaking) {
    self->speaking = TRUE;
    if (self->owed++ == 0)
      self->needed = sample < 0 ? self->total : (guint64) sample;
  }
  realtime_tell_ears (self, e->type, e->item, NULL, sample);
}

void
realtime_take_committed (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e)
{
  if (!realtime_is_own (self)) {
    if (!self->speaking)
      self->owed++;
    self->speaking = FALSE;
    realtime_drop_early (self);
    self->own_answer = TRUE;
    gst_voice_stage_set_timer (GST_VOICE_STAGE (self),
        REALTIME_TIMER_OWN_ANSWER,
        gst_voice_stage_now (GST_VOICE_STAGE (self)) + OWN_ANSWER);
  }
  realtime_tell_ears (self, e->type, e->item, NULL, -1);
  if (!*realtime_options_transcription (self->now->transcription))
    self->owed -= self->owed > 0;
  realtime_check_finished (self);
}

void
realtime_take_heard (GstVoiceRealtimeMind * self, const OpenaiRealtimeEvent * e)
{
  gchar *text = g_strstrip (g_strdup (e->text));

  self->owed -= self->owed > 0;
  if (self->owed == 0 && !self->speaking)
    self->needed = self->total;
  if (!*text && e->type == OPENAI_REALTIME_HEARD) {
    /* A sound without words is nothing that was said. */
    realtime_drop_early (self);
    if (e->item)
      realtime_send (self, openai_realtime_delete (e->item));
  }
  realtime_tell_ears (self, e->type, e->item, text, -1);
  g_free (text);
  realtime_check_finished (self);
  realtime_go_on (self);
}
