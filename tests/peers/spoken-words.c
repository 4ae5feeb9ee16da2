/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Hears what the stand-ins' voices say: a word is 200 ms of a tone, told by its
 * pitch. What sounds for less than 80 ms is no word, and what sounds for half
 * as long again as a word is two.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken-words.h"

#include "provider-voice.h"

#include <math.h>

#define HOP_MS 10
#define WINDOW_MS 30
#define LEAST_HOPS 8
#define MOST_HOPS 28            /* of one word */
#define LOUD (300. * 300.)

struct _SpokenWords
{
  GArray *pitches;              /* guint */
  guint rate, hop, window;
  gint16 *recent;               /* the last window */
  guint fresh;                  /* samples since the last hop */
  gint64 hops;
  gint current;                 /* the word that sounds, or -1 */
  guint run;                    /* hops of it */
  GArray *found;                /* SpokenWord */
};

SpokenWords *
spoken_words_new (const gchar * text, guint rate)
{
  SpokenWords *self = g_new0 (SpokenWords, 1);
  gchar **words = g_strsplit (text, " ", -1);

  self->pitches = g_array_new (FALSE, FALSE, sizeof (guint));
  for (gchar ** word = words; *word; word++) {
    guint pitch = provider_voice_pitch (*word);

    g_array_append_val (self->pitches, pitch);
  }
  g_strfreev (words);
  self->rate = rate;
  self->hop = rate * HOP_MS / 1000;
  self->window = rate * WINDOW_MS / 1000;
  self->recent = g_new0 (gint16, self->window);
  self->current = -1;
  self->found = g_array_new (FALSE, FALSE, sizeof (SpokenWord));
  return self;
}

void
spoken_words_free (SpokenWords * self)
{
  g_array_unref (self->pitches);
  g_array_unref (self->found);
  g_free (self->recent);
  g_free (self);
}

static gdouble
power_at (const SpokenWords * self, guint pitch)
{
  gdouble a = 0, b = 0, k = 2 * cos (2 * G_PI * pitch / self->rate);

  for (guint i = 0; i < self->window; i++) {
    gdouble c = self->recent[i] + k * a - b;

    b = a;
    a = c;
  }
  return a * a + b * b - k * a * b;
}

/* It sounds now if the middle of the window is loud. */
static gint
find (const SpokenWords * self)
{
  const gint16 *middle = self->recent + (self->window - self->hop) / 2;
  gdouble energy = 0, most = 0;
  gint best = -1;

  for (guint i = 0; i < self->hop; i++)
    energy += (gdouble) middle[i] * middle[i];
  if (energy / self->hop < LOUD)
    return -1;
  for (guint i = 0; i < self->pitches->len; i++) {
    gdouble power = power_at (self, g_array_index (self->pitches, guint, i));

    if (power > most) {
      most = power;
      best = i;
    }
  }
  return best;
}

static void
end_run (SpokenWords * self)
{
  guint n = self->current < 0 || self->run < LEAST_HOPS ? 0 :
      1 + self->run / MOST_HOPS;
  gint64 end = (self->hops - WINDOW_MS / HOP_MS / 2) * HOP_MS * 1000;

  for (guint i = 0; i < n; i++) {
    SpokenWord word = {.word = self->current,
      .start = end - (gint64) self->run * HOP_MS * 1000 * (n - i) / n,
      .end = end - (gint64) self->run * HOP_MS * 1000 * (n - i - 1) / n
    };

    g_array_append_val (self->found, word);
  }
  self->run = 0;
}

static void
hop (SpokenWords * self)
{
  gint now = find (self);

  if (now != self->current)
    end_run (self);
  self->current = now;
  self->run++;
  self->hops++;
}

/**
 * spoken_words_take:
 * @samples: that follow
 */
void
spoken_words_take (SpokenWords * self, const gint16 * samples, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    for (guint k = 0; self->fresh == 0 && k + self->hop < self->window; k++)
      self->recent[k] = self->recent[k + self->hop];
    self->recent[self->window - self->hop + self->fresh] = samples[i];
    if (++self->fresh < self->hop)
      continue;
    hop (self);
    self->fresh = 0;
  }
}

/**
 * spoken_words_finish:
 *
 * What sounds is over.
 */
void
spoken_words_finish (SpokenWords * self)
{
  end_run (self);
  self->current = -1;
}

/**
 * spoken_words_get:
 *
 * Returns: (transfer none): of SpokenWord, those that are over
 */
GArray *
spoken_words_get (SpokenWords * self)
{
  return self->found;
}
