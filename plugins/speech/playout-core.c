/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line of speeches, the samples that are played of them, fades, and which
 * written words have been heard.
 *
 * Threads and locks: see playout-core.h.
 */
#include "playout-core.h"

#include <string.h>

/* A sentence that came without word times is taken to be read at this pace
 * until it is known how long it is. */
#define CHARACTERS_PER_SECOND 15

/* The first speech begins with so much sound in hand, and after each underrun
 * with twice as much, up to the most; after each speech without one it shrinks
 * by an eighth. */
#define PREBUFFER_LEAST_MS 40
#define PREBUFFER_MOST_MS 640

#define FADE_MS 5

/* Of so many speeches it is known that they are skipped. */
#define MAX_SKIPPED 16

/* The far end can be so many frames behind. */
#define PAST 256

typedef struct
{
  guint64 start;                /* in samples of the speech */
  guint offset, length;
  GArray *words;                /* of PlayoutWord, or NULL */
} Sentence;

typedef struct
{
  PlayoutSpeech info;
  GArray *samples;              /* of gint16 */
  guint next;                   /* the first of them that was not played */
  guint64 received, played;
  guint64 base;                 /* samples taken of all before it */
  guint64 reached;              /* of it, the far end */
  GPtrArray *sentences;
  GString *written;
  guint n_written;              /* characters of it */
  guint heard;                  /* of them */
  gboolean ended, started;
  gchar *keys;                  /* not a speech: keys in their place in line */
} Speech;

struct _PlayoutCore
{
  guint rate, frame, fade;
  GQueue speeches;              /* of Speech: the first is the one that plays */
  GQueue notes;                 /* of PlayoutNote */
  guint64 prebuffer;
  gboolean held;
  gboolean was_held;            /* the last frame was held back: fade in */
  guint64 silence;              /* samples of the underrun that goes on */
  guint underruns;
  gboolean underran;            /* in the speech that plays */
  gint16 *tail;                 /* what is left of a cut speech to fade out */
  guint n_tail;
  guint skipped[MAX_SKIPPED], n_skipped;        /* a ring */
  gboolean closed;              /* nobody is there to hear */
  guint64 delay;                /* so much later it is heard */
  guint64 taken;                /* samples of all speeches */
  guint64 past[PAST];           /* the same after each of the last frames */
  guint64 n_frames;
};

static void
sentence_free (Sentence * sentence)
{
  if (sentence->words)
    g_array_unref (sentence->words);
  g_free (sentence);
}

static void
speech_free (Speech * speech)
{
  g_array_unref (speech->samples);
  g_ptr_array_unref (speech->sentences);
  g_string_free (speech->written, TRUE);
  g_free (speech->keys);
  g_free (speech);
}

static guint
waiting (const Speech * speech)
{
  return speech->samples->len - speech->next;
}

static Speech *
find (PlayoutCore * core, guint id)
{
  for (GList * l = core->speeches.tail; l; l = l->prev) {
    Speech *speech = l->data;

    if (speech->info.speech == id && !speech->keys)
      return speech;
  }
  return NULL;
}

PlayoutCore *
playout_core_new (guint rate, guint frame)
{
  PlayoutCore *core = g_new0 (PlayoutCore, 1);

  core->rate = rate;
  core->frame = frame;
  core->fade = MAX (1, rate * FADE_MS / 1000);
  core->prebuffer = (guint64) rate *PREBUFFER_LEAST_MS / 1000;
  core->tail = g_new (gint16, core->fade);
  return core;
}

void
playout_core_free (PlayoutCore * core)
{
  g_queue_clear_full (&core->speeches, (GDestroyNotify) speech_free);
  g_queue_clear_full (&core->notes, (GDestroyNotify) playout_note_free);
  g_free (core->tail);
  g_free (core);
}

void
playout_note_free (PlayoutNote * note)
{
  g_free (note->text);
  g_free (note->rest);
  g_free (note->keys);
  g_free (note);
}

/* (transfer full) (nullable): what there is to tell, in order */
PlayoutNote *
playout_core_next_note (PlayoutCore * core)
{
  return g_queue_pop_head (&core->notes);
}

/* Whether a speech may begin, and how much later it is heard than played. */
void
playout_core_set_far (PlayoutCore * core, gboolean open, guint64 delay)
{
  core->closed = !open;
  core->delay = MIN (delay, (guint64) core->frame * (PAST - 2));
}

static guint64
taken_before (PlayoutCore * core, guint64 frames)
{
  return frames > core->n_frames ? 0 :
      core->past[(core->n_frames - frames) % PAST];
}

/* How much of a speech the far end has heard: what had been played so long
 * ago. A silence since then, as of a hold, has let it catch up. */
static guint64
reach (PlayoutCore * core, Speech * speech)
{
  guint64 frames = core->delay / core->frame, rest = core->delay % core->frame;
  guint64 taken = taken_before (core, frames);

  taken -= (taken - taken_before (core, frames + 1)) * rest / core->frame;
  if (taken > speech->base && speech->started)
    speech->reached = MAX (speech->reached, MIN (taken - speech->base,
            speech->played));
  return speech->reached;
}

static Speech *
join (PlayoutCore * core, const PlayoutSpeech * info)
{
  Speech *speech = g_new0 (Speech, 1);

  speech->info = *info;
  speech->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  speech->sentences = g_ptr_array_new_with_free_func ((GDestroyNotify)
      sentence_free);
  speech->written = g_string_new (NULL);
  g_queue_push_tail (&core->speeches, speech);
  return speech;
}

static gboolean
is_skipped (PlayoutCore * core, guint speech)
{
  for (guint i = 0; i < MIN (core->n_skipped, MAX_SKIPPED); i++) {
    if (core->skipped[i] == speech)
      return TRUE;
  }
  return FALSE;
}

/* A speech joins the line, if it is not in it. FALSE if it is skipped. */
gboolean
playout_core_begin (PlayoutCore * core, const PlayoutSpeech * info)
{
  if (is_skipped (core, info->speech))
    return FALSE;
  if (!find (core, info->speech))
    join (core, info);
  return TRUE;
}

/* Keys that are to be pressed when all that is in line now is over. Nothing
 * takes them back. */
void
playout_core_add_keys (PlayoutCore * core, const gchar * keys)
{
  PlayoutSpeech none = { 0 };

  join (core, &none)->keys = g_strdup (keys);
}

static void
add_sentence (Speech * speech, const PlayoutSentence * from)
{
  Sentence *sentence = g_new0 (Sentence, 1);

  sentence->start = speech->received;
  sentence->offset = MIN (from->offset, speech->n_written);
  if (from->words && from->n_words) {
    sentence->words = g_array_sized_new (FALSE, FALSE, sizeof (PlayoutWord),
        from->n_words);
    g_array_append_vals (sentence->words, from->words, from->n_words);
  }
  g_ptr_array_add (speech->sentences, sentence);
  g_string_append (speech->written, from->written);
  speech->n_written = g_utf8_strlen (speech->written->str, -1);
  sentence->length = MIN (from->length, speech->n_written - sentence->offset);
}

/* When more words of the sentence that came last are spoken. */
void
playout_core_add_words (PlayoutCore * core, guint id, const PlayoutWord * words,
    guint n)
{
  Speech *speech = find (core, id);
  Sentence *sentence;

  if (!speech || speech->ended || !speech->sentences->len || !n)
    return;
  sentence = g_ptr_array_index (speech->sentences, speech->sentences->len - 1);
  if (!sentence->words)
    sentence->words = g_array_new (FALSE, FALSE, sizeof (PlayoutWord));
  g_array_append_vals (sentence->words, words, n);
}

/* More sound of a speech that has begun and not ended; @sentence if these are
 * the first samples of one. */
void
playout_core_add (PlayoutCore * core, guint id, const gint16 * samples,
    gsize n, const PlayoutSentence * sentence)
{
  Speech *speech = find (core, id);

  if (!speech || speech->ended)
    return;
  if (sentence)
    add_sentence (speech, sentence);
  g_array_append_vals (speech->samples, samples, n);
  speech->received += n;
}

/* No more sound of the speech will come. */
void
playout_core_end (PlayoutCore * core, guint id)
{
  Speech *speech = find (core, id);

  if (speech)
    speech->ended = TRUE;
}

/* What was prepared for a turn may be heard. */
void
playout_core_open (PlayoutCore * core, guint turn)
{
  for (GList * l = core->speeches.head; l; l = l->next) {
    Speech *speech = l->data;

    if (speech->info.turn == turn)
      speech->info.gated = FALSE;
  }
}

/* How many characters of a sentence without word times have been heard: in
 * proportion, back to the end of a word. */
static guint
estimate (PlayoutCore * core, Speech * speech, const Sentence * sentence,
    guint64 end, gboolean known)
{
  guint64 total = end - sentence->start;
  guint64 played = speech->reached - sentence->start;
  const gchar *text;
  guint n;

  if (!known)
    total = MAX (total, (guint64) sentence->length * core->rate /
        CHARACTERS_PER_SECOND);
  if (total == 0)
    return 0;
  n = MIN (played, total) * sentence->length / total;
  if (n >= sentence->length)
    return sentence->length;
  text = g_utf8_offset_to_pointer (speech->written->str, sentence->offset);
  while (n > 0 && !g_unichar_isspace (g_utf8_get_char
          (g_utf8_offset_to_pointer (text, n))))
    n--;
  return n;
}

/* A word counts when half of it was heard (R12). */
static guint
count_words (const Speech * speech, const Sentence * sentence)
{
  guint64 played = speech->reached - sentence->start;
  guint heard = 0;

  for (guint i = 0; i < sentence->words->len; i++) {
    const PlayoutWord *word = &g_array_index (sentence->words, PlayoutWord, i);

    if (played * 2 < word->start + word->end)
      break;
    heard = MAX (heard, word->offset + word->length);
  }
  return heard;
}

/* The characters of the speech that have been heard so far. */
static guint
count_heard (PlayoutCore * core, Speech * speech)
{
  guint64 reached = reach (core, speech);
  guint heard = 0;

  for (guint i = 0; i < speech->sentences->len; i++) {
    const Sentence *s = g_ptr_array_index (speech->sentences, i);
    const Sentence *next = i + 1 < speech->sentences->len ?
        g_ptr_array_index (speech->sentences, i + 1) : NULL;
    guint64 end = next ? next->start : speech->received;
    gboolean known = next || speech->ended;

    if (reached <= s->start)
      break;
    if (known && reached >= end)
      heard = s->offset + s->length;
    else if (s->words)
      heard = MAX (heard, count_words (speech, s));
    else
      heard = MAX (heard, s->offset + estimate (core, speech, s, end, known));
  }
  return MIN (heard, speech->n_written);
}

static gchar *
heard_text (const Speech * speech)
{
  gchar *end = g_utf8_offset_to_pointer (speech->written->str, speech->heard);

  return g_strndup (speech->written->str, end - speech->written->str);
}

static PlayoutNote *
add_note (PlayoutCore * core, PlayoutNoteKind kind, const Speech * speech)
{
  PlayoutNote *note = g_new0 (PlayoutNote, 1);

  note->kind = kind;
  note->speech = speech->info;
  note->position = speech->played;
  g_queue_push_tail (&core->notes, note);
  return note;
}

static void
note_words (PlayoutCore * core, Speech * speech)
{
  guint heard = count_heard (core, speech);
  PlayoutNote *note;

  if (heard <= speech->heard)
    return;
  speech->heard = heard;
  note = add_note (core, PLAYOUT_WORDS, speech);
  note->text = heard_text (speech);
  note->position = speech->reached;
}

static gboolean
is_blank (const gchar * text)
{
  while (*text && g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return !*text;
}

static void
note_heard (PlayoutCore * core, Speech * speech, gboolean complete)
{
  PlayoutNote *note;

  speech->heard =
      complete ? speech->n_written : MAX (speech->heard, count_heard (core,
          speech));
  note = add_note (core, PLAYOUT_HEARD, speech);
  note->text = heard_text (speech);
  note->rest = g_strdup (speech->written->str + strlen (note->text));
  if (!complete)
    note->position = speech->reached;
  /* R12: complete when every word was heard, though not every sample. */
  note->complete = complete || (speech->ended && *note->text
      && is_blank (note->rest));
}

/* The speech at the head of the line is over. */
static void
leave (PlayoutCore * core, gboolean complete)
{
  Speech *speech = g_queue_pop_head (&core->speeches);

  if (speech->started)
    note_heard (core, speech, complete);
  if (!core->underran)
    core->prebuffer -= core->prebuffer / 8;
  core->prebuffer = MAX (core->prebuffer,
      (guint64) core->rate * PREBUFFER_LEAST_MS / 1000);
  core->underran = core->was_held = FALSE;
  core->silence = 0;
  speech_free (speech);
}

/* Nothing that may be interrupted is heard until playout_core_resume(). */
void
playout_core_hold (PlayoutCore * core)
{
  core->held = TRUE;
}

void
playout_core_resume (PlayoutCore * core)
{
  core->held = FALSE;
}

static void
keep_tail (PlayoutCore * core, const Speech * speech)
{
  if (!speech->started || core->was_held)
    return;
  core->n_tail = MIN (core->fade, waiting (speech));
  memcpy (core->tail, &g_array_index (speech->samples, gint16, speech->next),
      core->n_tail * sizeof (gint16));
}

/* Drops all speeches but those that @keep wants, and lets the one that plays
 * fade out. */
void
playout_core_cut (PlayoutCore * core, PlayoutKeep keep, gpointer data)
{
  Speech *first = g_queue_peek_head (&core->speeches);

  if (first && !first->keys && !keep (&first->info, data)) {
    keep_tail (core, first);
    leave (core, FALSE);
    first = NULL;
  }
  for (GList * l = core->speeches.head, *next; l; l = next) {
    Speech *speech = l->data;

    next = l->next;
    if (speech != first && !speech->keys && !keep (&speech->info, data)) {
      g_queue_delete_link (&core->speeches, l);
      speech_free (speech);
    }
  }
}

static gboolean
is_other (const PlayoutSpeech * speech, gpointer data)
{
  return speech->speech != *(const guint *) data;
}

/* Drops one speech, and what is still to come of it. */
void
playout_core_skip (PlayoutCore * core, guint speech)
{
  core->skipped[core->n_skipped++ % MAX_SKIPPED] = speech;
  playout_core_cut (core, is_other, &speech);
}

static gboolean
may_play (PlayoutCore * core, const Speech * speech)
{
  if (speech->info.gated || (core->held && speech->info.interruptible)
      || (core->closed && !speech->started))
    return FALSE;
  return speech->started || speech->ended || speech->received >=
      core->prebuffer;
}

static void
fade (gint16 * samples, guint n, gboolean in)
{
  for (guint i = 0; i < n; i++)
    samples[i] = (gint) samples[i] * (gint) (in ? i : n - i) / (gint) n;
}

/* Samples that were played go when they are more than those that wait. */
static guint
take (PlayoutCore * core, Speech * speech, gint16 * out, guint n)
{
  n = MIN (n, waiting (speech));
  if (n == 0)
    return 0;
  memcpy (out, &g_array_index (speech->samples, gint16, speech->next),
      n * sizeof (gint16));
  speech->next += n;
  speech->played += n;
  core->taken += n;
  if (speech->next > waiting (speech)) {
    g_array_remove_range (speech->samples, 0, speech->next);
    speech->next = 0;
  }
  return n;
}

static void
count_underrun (PlayoutCore * core, Speech * speech, guint taken)
{
  if (taken == 0 && !speech->ended) {
    if (core->silence == 0)
      core->underruns++;
    core->silence += core->frame;
    core->underran = TRUE;
    core->prebuffer = MIN (core->prebuffer * 2,
        (guint64) core->rate * PREBUFFER_MOST_MS / 1000);
  } else if (taken > 0 && core->silence > 0) {
    add_note (core, PLAYOUT_UNDERRUN, speech)->lasted = core->silence;
    core->silence = 0;
  }
}

/* The speech that was audible has just been held: fade it out, so that the
 * silence does not begin with a click. */
static gboolean
fade_out_held (PlayoutCore * core, gint16 * out)
{
  Speech *speech = g_queue_peek_head (&core->speeches);
  guint n;

  if (core->was_held || !core->held || !speech || !speech->started
      || !speech->info.interruptible)
    return FALSE;
  core->was_held = TRUE;
  n = take (core, speech, out, core->fade);
  fade (out, n, FALSE);
  return n > 0;
}

static gboolean
fade_out_tail (PlayoutCore * core, gint16 * out)
{
  guint n = core->n_tail;

  memcpy (out, core->tail, n * sizeof (gint16));
  fade (out, n, FALSE);
  core->n_tail = 0;
  return n > 0;
}

static gboolean
play (PlayoutCore * core, Speech * speech, gint16 * out)
{
  guint n;

  if (!speech->started && waiting (speech) > 0) {
    speech->started = TRUE;
    speech->base = core->taken;
    add_note (core, PLAYOUT_PLAYING, speech);
  }
  n = take (core, speech, out, core->frame);
  if (speech->started)
    count_underrun (core, speech, n);
  if (core->was_held)
    fade (out, MIN (n, core->fade), TRUE);
  core->was_held = FALSE;
  return n > 0;
}

static void
press_keys (PlayoutCore * core)
{
  Speech *keys = g_queue_pop_head (&core->speeches);

  add_note (core, PLAYOUT_KEYS, keys)->keys = g_strdup (keys->keys);
  speech_free (keys);
}

static gboolean
is_finished (const Speech * speech)
{
  return speech->keys || (speech->ended && waiting (speech) == 0
      && !speech->info.gated);
}

/* Speeches whose last sample has been played. One that has none at all is
 * over as well, and nothing of it was heard. */
static void
leave_finished (PlayoutCore * core)
{
  Speech *speech;

  while ((speech = g_queue_peek_head (&core->speeches))
      && is_finished (speech)) {
    if (speech->keys) {
      press_keys (core);
      continue;
    }
    if (!speech->started)
      note_heard (core, speech, FALSE);
    leave (core, TRUE);
  }
}

static gboolean
next_frame (PlayoutCore * core, gint16 * out)
{
  Speech *speech = g_queue_peek_head (&core->speeches);

  if (speech && speech->started)
    note_words (core, speech);
  leave_finished (core);
  if (core->n_tail > 0)
    return fade_out_tail (core, out);
  if (fade_out_held (core, out))
    return TRUE;
  speech = g_queue_peek_head (&core->speeches);
  if (!speech || !may_play (core, speech))
    return FALSE;
  return play (core, speech, out);
}

/* The next frame. FALSE if it is silence. Notes tell what is true when it
 * begins to play. */
gboolean
playout_core_frame (PlayoutCore * core, gint16 * out)
{
  gboolean sound;

  memset (out, 0, core->frame * sizeof (gint16));
  sound = next_frame (core, out);
  core->n_frames++;
  core->past[core->n_frames % PAST] = core->taken;
  return sound;
}

/* Whether anything is in line. */
gboolean
playout_core_has_work (PlayoutCore * core)
{
  return !g_queue_is_empty (&core->speeches) || core->n_tail > 0;
}

/* Whether all that is in line waits for somebody to hear it. */
gboolean
playout_core_is_unheard (PlayoutCore * core)
{
  const Speech *speech = g_queue_peek_head (&core->speeches);

  return core->closed && speech && !speech->started && !speech->keys
      && core->n_tail == 0;
}

/* How many samples wait. */
guint64
playout_core_ahead (PlayoutCore * core)
{
  guint64 n = 0;

  for (GList * l = core->speeches.head; l; l = l->next)
    n += waiting (l->data);
  return n;
}

guint
playout_core_underruns (PlayoutCore * core)
{
  return core->underruns;
}
