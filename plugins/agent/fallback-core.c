/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `fallback` decides: which child works, which words of a sentence have
 * been said by one that fell silent, what of a reply or a transcript its
 * successor repeats.
 *
 * Threads and locks: the owner's.
 */
#include "fallback-core.h"

#include <string.h>

/* How far back a model may repeat itself, in words. */
#define MAX_REPEATED 40

/**
 * fallback_core_init:
 * @core: to be filled
 * @n: how many children there are, the best first
 * @retry_after: for how long one that failed is left alone
 */
void
fallback_core_init (FallbackCore * core, guint n, gint64 retry_after)
{
  memset (core, 0, sizeof *core);
  core->n = MIN (n, FALLBACK_MAX);
  core->retry_after = retry_after;
  core->current = -1;
}

/**
 * fallback_core_fresh:
 * @core: the children
 *
 * A new piece of work begins, at which none has failed yet.
 */
void
fallback_core_fresh (FallbackCore * core)
{
  memset (core->tried, 0, sizeof core->tried);
}

static gint64
left (const FallbackCore * core, guint i, gint64 now,
    FallbackCoolingFunc cooling, gpointer data)
{
  gint64 own = core->until[i] - now;

  if (own > 0 || (gint) i == core->current)
    return MAX (own, 0);
  return cooling ? cooling (i, data) : 0;
}

/**
 * fallback_core_choose:
 * @core: the children
 * @now: the time
 * @better: whether a better child may take the place of one that works
 * @cooling: (nullable): what other calls have seen; not asked for the one that
 *   works
 * @data: for @cooling
 *
 * The best that is not left alone; if all are, the one that would be asked
 * again first: somebody must do the work.
 *
 * Returns: the child, or -1 if all have failed in this piece of work
 */
gint
fallback_core_choose (FallbackCore * core, gint64 now, gboolean better,
    FallbackCoolingFunc cooling, gpointer data)
{
  gint64 shortest = G_MAXINT64;
  gint best = -1;

  if (!better && core->current >= 0 && !core->tried[core->current])
    return core->current;
  for (guint i = 0; i < core->n && shortest > 0; i++) {
    gint64 time;

    if (core->tried[i])
      continue;
    time = left (core, i, now, cooling, data);
    if (time < shortest) {
      shortest = time;
      best = i;
    }
  }
  if (best >= 0)
    core->current = best;
  return best;
}

/**
 * fallback_core_failed:
 * @core: the children
 * @child: which of them has failed
 * @now: the time
 */
void
fallback_core_failed (FallbackCore * core, guint child, gint64 now)
{
  if (child >= core->n)
    return;
  core->tried[child] = TRUE;
  core->until[child] = now + core->retry_after;
}

/**
 * fallback_core_second:
 * @core: the children, one of which works
 * @now: the time
 *
 * Returns: who may be asked beside it, or -1
 */
gint
fallback_core_second (const FallbackCore * core, gint64 now)
{
  for (guint i = 0; i < core->n; i++) {
    if ((gint) i != core->current && !core->tried[i] && core->until[i] <= now)
      return i;
  }
  return -1;
}

/**
 * fallback_words_said:
 * @words: the words of a sentence, since its first sample
 * @n: how many
 * @given: how much sound of it was given
 *
 * Returns: how many of the words are whole in that
 */
guint
fallback_words_said (const FallbackSpan * words, guint n, gint64 given)
{
  guint said = 0;

  while (said < n && words[said].end <= given)
    said++;
  return said;
}

/**
 * fallback_may_give:
 * @words: the words of a sentence, since its first sample
 * @n: how many; 0 if they are not known
 * @have: how much sound of it there is
 *
 * Sound that ends within a word is kept back, so that a successor need not
 * say that word twice.
 *
 * Returns: how much of it may be given
 */
gint64
fallback_may_give (const FallbackSpan * words, guint n, gint64 have)
{
  guint said = fallback_words_said (words, n, have);

  return said < n ? MIN (have, words[said].start) : have;
}

/**
 * fallback_words_estimated:
 * @text: a sentence
 * @given: how much sound of it was given
 * @characters_per_second: how fast it is spoken
 *
 * Returns: how many words of it are in that, if nobody has told
 */
guint
fallback_words_estimated (const gchar * text, gint64 given,
    gdouble characters_per_second)
{
  gdouble budget = given / (gdouble) G_USEC_PER_SEC * characters_per_second;
  guint said = 0;

  while (*text) {
    while (g_unichar_isspace (g_utf8_get_char (text)))
      text = g_utf8_next_char (text);
    if (!*text)
      break;
    while (*text && !g_unichar_isspace (g_utf8_get_char (text))) {
      text = g_utf8_next_char (text);
      budget--;
    }
    if (budget < 0)
      break;
    budget--;
    said++;
  }
  return said;
}

static const gchar *
skip_space (const gchar * p)
{
  while (*p && g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}

static const gchar *
skip_word (const gchar * p)
{
  while (*p && !g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}

/**
 * fallback_count_words:
 * @text: UTF-8
 *
 * Returns: how many words it has
 */
guint
fallback_count_words (const gchar * text)
{
  guint n = 0;

  for (text = skip_space (text); *text; text = skip_space (skip_word (text)))
    n++;
  return n;
}

/**
 * fallback_rest:
 * @text: a sentence
 * @said: how many words of it were said, as its synthesiser counts
 * @total: how many it counts; if that is more than the text has they are
 *   matched in proportion, and rather a word is said again than left out
 *
 * Returns: what is left to say, within @text
 */
const gchar *
fallback_rest (const gchar * text, guint said, guint total)
{
  guint n = fallback_count_words (text);

  if (total > n && said < total)
    said = (guint64) said *n / total;
  text = skip_space (text);
  while (said-- > 0 && *text)
    text = skip_space (skip_word (text));
  return text;
}

/* Whether @text begins with @with, or may yet. */
static gboolean
begins (const gchar * text, const gchar * with, gsize length,
    gboolean complete, gboolean * maybe)
{
  gsize n = strlen (text);

  if (n >= length)
    return strncmp (text, with, length) == 0 && (text[length] == 0
        || !g_unichar_isalnum (g_utf8_get_char (text + length)));
  if (!complete && strncmp (text, with, n) == 0)
    *maybe = TRUE;
  return FALSE;
}

/**
 * fallback_overlap:
 * @said: what one model has said before it fell silent
 * @text: what another has written so far, that was asked to go on
 * @complete: whether it will write no more
 *
 * It may begin from the beginning, or with the last words. One word alone is
 * not taken for a repetition.
 *
 * Returns: how many bytes of @text repeat @said, or -1 if more of it must be
 * known
 */
gssize
fallback_overlap (const gchar * said, const gchar * text, gboolean complete)
{
  const gchar *from = skip_space (text);
  gchar *end = g_strchomp (g_strdup (skip_space (said)));
  gsize length = strlen (end), lead = from - text;
  const gchar *p = end + length;
  gboolean maybe = FALSE;
  gssize overlap = 0;

  if (length == 0 || (!*from && complete)) {
    g_free (end);
    return 0;
  }
  if (begins (from, end, length, complete, &maybe))
    overlap = lead + length;
  for (guint words = 1; words <= MAX_REPEATED && p > end; words++) {
    while (p > end && !g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char
                (p))))
      p = g_utf8_prev_char (p);
    if (begins (from, p, end + length - p, complete, &maybe) && words > 1)
      overlap = MAX (overlap, (gssize) lead + (end + length - p));
    while (p > end && g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char
                (p))))
      p = g_utf8_prev_char (p);
  }
  g_free (end);
  return maybe ? -1 : overlap;
}

/**
 * fallback_words_known:
 * @words: of a transcript, in running time
 * @n: how many
 * @known_until: up to where the sound was transcribed before
 *
 * Returns: how many words at its beginning are known already: those whose
 * middle is before that
 */
guint
fallback_words_known (const FallbackSpan * words, guint n, gint64 known_until)
{
  guint known = 0;

  while (known < n
      && words[known].start + (words[known].end - words[known].start) / 2 <
      known_until)
    known++;
  return known;
}
