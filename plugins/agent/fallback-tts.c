/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A synthesiser that has others speak for it. The order of sentences, and what
 * an interruption does to it, are those of the base class, once; the children
 * only speak.
 *
 * If a child falls silent in the middle of a sentence the next one speaks the
 * words that have not sounded, as more of the same sentence. Where a child says
 * when its words sound, a word is passed on when all of it is there, so that
 * none is heard twice; but for the first of a speech, which would come later by
 * it. Otherwise the words are estimated by their length. A child may say so
 * when they have sounded already: those of which nothing is known when it fails
 * are said again.
 *
 * Threads: the task, but for what comes from a child, which is posted; `speak`
 * and `cancel` are posted to the child's task. Locks: none of its own.
 */
#include "fallback-tts.h"

#include <gst-voice/relay.h>
#include <string.h>

/* 0 is the base class's. */
#define TIMER_TIMEOUT 1
#define MAX_WORDS 1000
/* Of speech, until a child has spoken. */
#define CHARACTERS_PER_SECOND 14

typedef struct
{
  GstVoiceFallbackTts *front;   /* borrowed */
  guint child;

  /* child's task only */
  guint run;                    /* 0: it is not asked */
  guint characters, turn;       /* of what it was asked for */
} Link;

struct _GstVoiceFallbackTts
{
  GstVoiceTts parent;

  /* set once when it is made */
  FallbackTeam *team;
  Link links[FALLBACK_MAX];

  /* atomic */
  gint wanted;                  /* the run whose sound is taken */

  /* task only */
  guint last_run, run;          /* 0: nobody speaks */
  guint child;
  gchar *text;                  /* the sentence */
  const gchar *rest;            /* what this run is to say of it */
  guint rate;
  FallbackSpan *spans;          /* when this run says its words, or NULL */
  guint n_spans;
  GstVoiceWords *words;         /* likewise */
  guint n_told;                 /* of them */
  GstVoiceWords *told;          /* (nullable): of the sentence, all runs */
  GstClockTime before;          /* the sound that earlier runs gave of it */
  gboolean paid;                /* this run is to be, in any case */
  gchar *model;                 /* of it, then */
  gdouble cost;
  GByteArray *held;             /* sound that ends within a word */
  guint64 have, given;          /* samples of this run */
  gboolean at_once;             /* its first word is not kept back */
  guint speech;                 /* the last one */
  GstClockTime since;
  gdouble speed[FALLBACK_MAX];  /* characters per second */
};

G_DEFINE_FINAL_TYPE (GstVoiceFallbackTts, gst_voice_fallback_tts,
    GST_TYPE_VOICE_TTS);

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, rate=(int)[1, MAX]"));

typedef enum
{
  AUDIO,
  COST,
  DONE,
  FAIL,
} AnswerKind;

/* From a child's task to ours. */
typedef struct
{
  AnswerKind kind;
  guint run, rate;
  GstBuffer *samples;
  GstVoiceWords *words;
  guint child, characters, turn;        /* of a cost */
  gchar *model;
  gdouble cost;
  GError *error;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  gst_clear_buffer (&answer->samples);
  if (answer->words)
    gst_voice_words_unref (answer->words);
  g_clear_error (&answer->error);
  g_free (answer->model);
  g_free (answer);
}

/* From our task to a child's. */
typedef struct
{
  Link *link;
  guint run, turn;
  gchar *text;
} Question;

static void
question_free (gpointer data)
{
  g_free (((Question *) data)->text);
  g_free (data);
}

static void
cancel_in_child (GstVoiceStage * stage, gpointer data)
{
  GstVoiceTts *child = GST_VOICE_TTS (stage);
  Link *link = data;

  if (link->run && GST_VOICE_TTS_GET_CLASS (child)->cancel)
    GST_VOICE_TTS_GET_CLASS (child)->cancel (child);
  link->run = 0;
}

static void
speak_in_child (GstVoiceStage * stage, gpointer data)
{
  GstVoiceTts *child = GST_VOICE_TTS (stage);
  const Question *question = data;

  cancel_in_child (stage, question->link);
  question->link->run = question->run;
  question->link->turn = question->turn;
  question->link->characters = g_utf8_strlen (question->text, -1);
  GST_VOICE_TTS_GET_CLASS (child)->speak (child, question->text);
}

static GstVoiceStage *
stage_of (GstVoiceFallbackTts * self, guint child)
{
  return GST_VOICE_STAGE (fallback_team_child (self->team, child));
}

static void
watch (GstVoiceFallbackTts * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  guint timeout = fallback_team_settings (self->team)->timeout;

  gst_voice_stage_set_timer (stage, TIMER_TIMEOUT, timeout && self->run ?
      gst_voice_stage_now (stage) + timeout * GST_MSECOND :
      GST_CLOCK_TIME_NONE);
}

/* Nobody speaks any more; whoever did is told if he does not know. */
static void
end_run (GstVoiceFallbackTts * self, gboolean tell)
{
  g_atomic_int_set (&self->wanted, 0);
  if (tell && self->run)
    gst_voice_stage_post (stage_of (self, self->child), cancel_in_child,
        &self->links[self->child], NULL);
  self->run = 0;
  self->have = self->given = 0;
  self->n_spans = self->n_told = 0;
  g_clear_pointer (&self->spans, g_free);
  g_clear_pointer (&self->words, gst_voice_words_unref);
  g_byte_array_set_size (self->held, 0);
  watch (self);
}

static gint64
to_us (const GstVoiceFallbackTts * self, guint64 samples)
{
  return self->rate ? gst_util_uint64_scale_int (samples, G_USEC_PER_SEC,
      self->rate) : 0;
}

static void
begin_run (GstVoiceFallbackTts * self, guint child)
{
  Question *question = g_new0 (Question, 1);

  self->run = ++self->last_run;
  self->child = child;
  self->since = gst_voice_stage_now (GST_VOICE_STAGE (self));
  g_atomic_int_set (&self->wanted, self->run);
  question->link = &self->links[child];
  question->run = self->run;
  question->turn = gst_voice_tts_turn (GST_VOICE_TTS (self));
  question->text = g_strdup (self->rest);
  gst_voice_tts_cost_by (GST_VOICE_TTS (self), NULL, NULL,
      g_utf8_strlen (self->rest, -1), 0);
  gst_voice_stage_post (stage_of (self, child), speak_in_child, question,
      question_free);
  watch (self);
}

static void
speak_rest (GstVoiceFallbackTts * self, gboolean better, const GError * error)
{
  GstVoiceTts *tts = GST_VOICE_TTS (self);
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  gint child = fallback_team_choose (self->team, gst_voice_stage_now (stage),
      better);

  if (child >= 0)
    begin_run (self, child);
  if (child != -1)
    return;
  if (fallback_team_settings (self->team)->last_resort) {
    fallback_hang_up (gst_voice_stage_sink_pad (stage),
        gst_voice_stage_src_pad (stage), TRUE);
    gst_voice_tts_done_by (tts, "");
  } else {
    gst_voice_tts_fail (tts, error ? g_error_copy (error) :
        g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_INTERNAL,
            "no synthesiser of the fallback can work"));
  }
}

/* They are the same as before, and maybe more. */
static void
take_words (GstVoiceFallbackTts * self, const Answer * answer)
{
  if (!answer->words || answer->words->n <= self->n_spans
      || self->n_spans == MAX_WORDS)
    return;
  g_clear_pointer (&self->words, gst_voice_words_unref);
  self->words = gst_voice_words_ref (answer->words);
  self->n_spans = MIN (answer->words->n, MAX_WORDS);
  self->spans = g_renew (FallbackSpan, self->spans, self->n_spans);
  for (guint i = 0; i < self->n_spans; i++) {
    self->spans[i].start = answer->words->word[i].start / GST_USECOND;
    self->spans[i].end = answer->words->word[i].end / GST_USECOND;
  }
}

static void
copy_words (GstVoiceWord * to, const GstVoiceWord * from, guint n,
    GstClockTime later)
{
  for (guint i = 0; i < n; i++) {
    to[i] = from[i];
    to[i].text = g_strdup (from[i].text);
    to[i].start += later;
    to[i].end += later;
  }
}

/* A word is told with its sound, as another may be the one to say it.
 * Returns: whether there are more of them by now. */
static gboolean
add_words (GstVoiceFallbackTts * self, gint64 given)
{
  guint from = self->n_told, before = self->told ? self->told->n : 0;
  GstVoiceWords *told;

  while (self->n_told < self->n_spans
      && self->spans[self->n_told].start < given)
    self->n_told++;
  if (self->n_told == from)
    return FALSE;
  told = gst_voice_words_new (before + self->n_told - from);
  if (before > 0)
    copy_words (told->word, self->told->word, before, 0);
  copy_words (told->word + before, self->words->word + from,
      self->n_told - from, self->before);
  g_clear_pointer (&self->told, gst_voice_words_unref);
  self->told = told;
  return TRUE;
}

/* That many samples, and the words of which something has sounded. */
static void
give (GstVoiceFallbackTts * self, guint64 samples)
{
  GstBuffer *buffer;

  samples = MIN (samples, self->held->len / 2);
  self->given += samples;
  if (!add_words (self, to_us (self, self->given)) && samples == 0)
    return;
  gst_voice_tts_set_rate (GST_VOICE_TTS (self), self->rate);
  buffer = samples ? gst_buffer_new_memdup (self->held->data, samples * 2) :
      gst_buffer_new ();
  g_byte_array_remove_range (self->held, 0, samples * 2);
  gst_voice_tts_audio (GST_VOICE_TTS (self), buffer, self->told);
}

static void
hold (GstVoiceFallbackTts * self, GstBuffer * samples)
{
  GstMapInfo map;

  if (!gst_buffer_map (samples, &map, GST_MAP_READ))
    return;
  g_byte_array_append (self->held, map.data, map.size & ~(gsize) 1);
  self->have += map.size / 2;
  gst_buffer_unmap (samples, &map);
}

static void
take_audio (GstVoiceFallbackTts * self, Answer * answer)
{
  gint64 have, may, given;

  take_words (self, answer);
  if (self->have == 0 && gst_buffer_get_size (answer->samples) > 0)
    fallback_team_answered (self->team, self->child,
        gst_voice_stage_now (GST_VOICE_STAGE (self)) - self->since);
  self->rate = answer->rate;
  hold (self, answer->samples);
  have = may = to_us (self, self->have);
  given = to_us (self, self->given);
  if (!(self->at_once && fallback_words_said (self->spans, self->n_spans,
              have) == 0))
    may = fallback_may_give (self->spans, self->n_spans, have);
  if (may >= have)
    give (self, G_MAXUINT64 / 4);
  else
    give (self, may <= given ? 0 : gst_util_uint64_scale_int (may, self->rate,
            G_USEC_PER_SEC) - self->given);
  watch (self);
}

/* What somebody was asked for is paid for, whoever speaks in the end: with the
 * sentence, or at once if another is at it by now. */
static void
take_cost (GstVoiceFallbackTts * self, const Answer * answer)
{
  const gchar *provider = fallback_team_provider (self->team, answer->child);

  if (answer->run != self->run) {
    gst_voice_tts_spent_by (GST_VOICE_TTS (self), provider, answer->model,
        answer->characters, answer->cost, answer->turn);
    return;
  }
  self->paid = TRUE;
  self->cost = answer->cost;
  g_free (self->model);
  self->model = g_strdup (answer->model);
  gst_voice_tts_cost_by (GST_VOICE_TTS (self), provider, answer->model,
      answer->characters, answer->cost);
}

static void
learn_speed (GstVoiceFallbackTts * self)
{
  gint64 us = to_us (self, self->given);
  gdouble speed;

  if (us < G_USEC_PER_SEC / 2)
    return;
  speed = g_utf8_strlen (self->rest, -1) * (gdouble) G_USEC_PER_SEC / us;
  self->speed[self->child] = CLAMP (speed, 4, 40);
}

static void
take_done (GstVoiceFallbackTts * self)
{
  guint child = self->child;

  give (self, G_MAXUINT64 / 4);
  learn_speed (self);
  end_run (self, FALSE);
  gst_voice_tts_done_by (GST_VOICE_TTS (self),
      fallback_team_provider (self->team, child));
}

/* What of this run's text is still to be said. */
static const gchar *
unsaid (const GstVoiceFallbackTts * self)
{
  gint64 given = to_us (self, self->given);

  if (self->n_spans > 0)
    return fallback_rest (self->rest, fallback_words_said (self->spans,
            self->n_spans, given), self->n_spans);
  return fallback_rest (self->rest, fallback_words_estimated (self->rest,
          given, self->speed[self->child]), 0);
}

static void
forget_cost (GstVoiceFallbackTts * self)
{
  self->paid = FALSE;
  self->cost = 0;
  g_clear_pointer (&self->model, g_free);
}

/* Of a run that another one goes on from, with what it was asked for. */
static void
tell_cost (GstVoiceFallbackTts * self, const gchar * asked)
{
  GstVoiceTts *tts = GST_VOICE_TTS (self);

  if (self->paid)
    gst_voice_tts_spent_by (tts, fallback_team_provider (self->team,
            self->child), self->model, g_utf8_strlen (asked, -1), self->cost,
        gst_voice_tts_turn (tts));
  forget_cost (self);
}

static void
lose_run (GstVoiceFallbackTts * self, const GError * error,
    gboolean own_finding)
{
  const gchar *asked = self->rest;
  guint child = self->child;

  self->rest = unsaid (self);
  self->at_once &= self->given == 0;
  self->before += to_us (self, self->given) * GST_USECOND;
  if (*self->rest)
    tell_cost (self, asked);
  end_run (self, own_finding);
  fallback_team_failed (self->team, child, error,
      gst_voice_stage_now (GST_VOICE_STAGE (self)), own_finding);
  if (*self->rest)
    speak_rest (self, FALSE, error);
  else
    gst_voice_tts_done_by (GST_VOICE_TTS (self),
        fallback_team_provider (self->team, child));
}

static void
take_answer (GstVoiceStage * stage, gpointer data)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (stage);
  Answer *answer = data;

  if (answer->kind == COST)
    take_cost (self, answer);
  if (answer->run == 0 || answer->run != self->run)
    return;
  switch (answer->kind) {
    case AUDIO:
      take_audio (self, answer);
      break;
    case COST:
      break;
    case DONE:
      take_done (self);
      break;
    case FAIL:
      lose_run (self, answer->error, FALSE);
      break;
  }
}

static void
send_answer (const Link * link, AnswerKind kind, Answer * answer)
{
  answer->kind = kind;
  answer->run = link->run;
  gst_voice_stage_post (GST_VOICE_STAGE (link->front), take_answer, answer,
      answer_free);
}

static gboolean
on_audio (GstVoiceTts * child, guint rate, GstBuffer * samples,
    const GstVoiceWords * words, gpointer data)
{
  Link *link = data;
  Answer *answer = g_new0 (Answer, 1);
  gboolean wanted = link->run && rate &&
      (guint) g_atomic_int_get (&link->front->wanted) == link->run;

  answer->samples = samples;
  answer->rate = rate;
  if (words)
    answer->words = gst_voice_words_ref ((GstVoiceWords *) words);
  if (wanted)
    send_answer (link, AUDIO, answer);
  else
    answer_free (answer);
  return wanted;
}

static void
on_cost (GstVoiceTts * child, const gchar * model, gdouble cost, gpointer data)
{
  const Link *link = data;
  Answer *answer;

  if ((guint) g_atomic_int_get (&link->front->wanted) != link->run) {
    gst_voice_tts_spent_by (child, fallback_team_provider (link->front->team,
            link->child), model, link->characters, cost, link->turn);
    return;
  }
  answer = g_new0 (Answer, 1);
  answer->child = link->child;
  answer->characters = link->characters;
  answer->turn = link->turn;
  answer->model = g_strdup (model);
  answer->cost = cost;
  send_answer (link, COST, answer);
}

static void
on_done (GstVoiceTts * child, gpointer data)
{
  Link *link = data;

  send_answer (link, DONE, g_new0 (Answer, 1));
  link->run = 0;
}

static void
on_fail (GstVoiceTts * child, const GError * error, gpointer data)
{
  Link *link = data;
  Answer *answer = g_new0 (Answer, 1);

  answer->error = g_error_copy (error);
  send_answer (link, FAIL, answer);
  link->run = 0;
}

static const GstVoiceTtsRelay relay = {
  .audio = on_audio,
  .cost = on_cost,
  .done = on_done,
  .fail = on_fail,
};

static void
forget (GstVoiceFallbackTts * self)
{
  g_clear_pointer (&self->told, gst_voice_words_unref);
  self->before = 0;
  forget_cost (self);
}

/* A new speech is the pause at which a better voice may come back. */
static void
speak (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (tts);
  guint speech = gst_voice_tts_speech (tts);

  forget (self);
  g_free (self->text);
  self->text = g_strdup (text);
  self->rest = self->text;
  self->at_once = speech != self->speech;
  self->speech = speech;
  fallback_team_fresh (self->team);
  speak_rest (self, self->at_once, NULL);
}

static void
cancel (GstVoiceTts * tts)
{
  end_run (GST_VOICE_FALLBACK_TTS (tts), TRUE);
}

static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (stage);
  GError *error;

  if (id != TIMER_TIMEOUT) {
    GST_VOICE_STAGE_CLASS (gst_voice_fallback_tts_parent_class)->timer (stage,
        id);
    return;
  }
  if (!self->run)
    return;
  error = g_error_new (GST_VOICE_ERROR, self->have ? GST_VOICE_ERROR_STALLED :
      GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT, "the synthesiser was silent for %u "
      "ms", fallback_team_settings (self->team)->timeout);
  lose_run (self, error, TRUE);
  g_error_free (error);
}

typedef struct
{
  guint child;
  GError *error;
} Loss;

static void
loss_free (gpointer data)
{
  g_error_free (((Loss *) data)->error);
  g_free (data);
}

static void
take_loss (GstVoiceStage * stage, gpointer data)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (stage);
  const Loss *loss = data;

  fallback_team_rest (self->team, loss->child);
  if (self->run && self->child == loss->child)
    lose_run (self, loss->error, FALSE);
  else
    fallback_team_failed (self->team, loss->child, loss->error,
        gst_voice_stage_now (stage), FALSE);
}

/**
 * fallback_tts_lose:
 * @front: the synthesiser that is shown
 * @child: whose element cannot go on
 * @error: why
 *
 * May be called from any thread.
 */
void
fallback_tts_lose (GstElement * front, guint child, const GError * error)
{
  Loss *loss = g_new (Loss, 1);

  loss->child = child;
  loss->error = g_error_copy (error);
  gst_voice_stage_post (GST_VOICE_STAGE (front), take_loss, loss, loss_free);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (stage);

  end_run (self, FALSE);
  forget (self);
  self->speech = 0;
  for (guint i = 0; i < FALLBACK_MAX; i++)
    self->links[i].run = 0;
  GST_VOICE_STAGE_CLASS (gst_voice_fallback_tts_parent_class)->stop (stage);
}

static void
finalize (GObject * object)
{
  GstVoiceFallbackTts *self = GST_VOICE_FALLBACK_TTS (object);

  forget (self);
  g_byte_array_unref (self->held);
  g_free (self->text);
  if (self->team)
    fallback_team_unref (self->team);
  G_OBJECT_CLASS (gst_voice_fallback_tts_parent_class)->finalize (object);
}

static void
gst_voice_fallback_tts_class_init (GstVoiceFallbackTtsClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Synthesiser within fallback", "Audio/Text/Filter",
      "Has other synthesisers speak", "gst-voice");
  stage_class->stop = stop;
  stage_class->timer = timer;
  GST_VOICE_TTS_CLASS (klass)->speak = speak;
  GST_VOICE_TTS_CLASS (klass)->cancel = cancel;
}

static void
gst_voice_fallback_tts_init (GstVoiceFallbackTts * self)
{
  self->held = g_byte_array_new ();
  for (guint i = 0; i < FALLBACK_MAX; i++)
    self->speed[i] = CHARACTERS_PER_SECOND;
}

/**
 * fallback_tts_new:
 * @team: (transfer full): of synthesisers, none of which has started
 *
 * Returns: (transfer floating): the synthesiser to show
 */
GstElement *
fallback_tts_new (FallbackTeam * team)
{
  GstVoiceFallbackTts *self = g_object_new (GST_TYPE_VOICE_FALLBACK_TTS, NULL);

  self->team = team;
  for (guint i = 0; i < fallback_team_size (team); i++) {
    self->links[i].front = self;
    self->links[i].child = i;
    gst_voice_tts_set_relay (GST_VOICE_TTS (fallback_team_child (team, i)),
        &relay, &self->links[i]);
  }
  return GST_ELEMENT (self);
}
