/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which segments of captions come of the caller's words. A segment has the
 * number of the turn that its words would be, or the next one that is free:
 * words that come to nothing use up no turn, but stand in the captions.
 *
 * Threads: one at a time. Locks: none.
 */
#include "turn-caption.h"

#include <string.h>

#define EVERY G_GINT64_CONSTANT (100000000)

struct _TurnCaption
{
  TurnCaptionFunc func;
  gpointer data;

  guint used;                   /* the highest number */
  guint open;                   /* segment of the words that wait, or 0 */
  gchar *text;                  /* of it */
  gboolean untold;              /* and nobody has been told yet */
  gint64 next;                  /* nothing is told before, or -1 */

  guint turn, segment;          /* committed last, or 0 */
  gchar *committed;             /* its text */
};

/**
 * turn_caption_new:
 * @func: is told each wording of a segment
 * @data: for @func
 *
 * Returns: (transfer full): captions without segments
 */
TurnCaption *
turn_caption_new (TurnCaptionFunc func, gpointer data)
{
  TurnCaption *caption = g_new0 (TurnCaption, 1);

  caption->func = func;
  caption->data = data;
  caption->next = -1;
  return caption;
}

/**
 * turn_caption_free:
 * @caption: (transfer full) (nullable): captions
 */
void
turn_caption_free (TurnCaption * caption)
{
  if (!caption)
    return;
  g_free (caption->text);
  g_free (caption->committed);
  g_free (caption);
}

static guint
new_segment (TurnCaption * caption, guint turn)
{
  caption->used = MAX (turn, caption->used + 1);
  return caption->used;
}

/* What waits is no segment any more: the last turn's is again what was
 * committed, another one has the words in @text. */
static void
close_open (TurnCaption * caption, const gchar * text)
{
  if (caption->open)
    caption->func (caption->open, caption->open == caption->segment ?
        caption->committed : text, TRUE, caption->data);
  caption->open = 0;
  caption->untold = FALSE;
  g_clear_pointer (&caption->text, g_free);
}

/* The one that goes on with the last turn, or one of its own. */
static guint
choose (TurnCaption * caption, guint turn, guint merges)
{
  if (merges && merges == caption->turn)
    return caption->segment;
  if (caption->open && caption->open != caption->segment)
    return caption->open;
  return 0;
}

/**
 * turn_caption_show:
 * @caption: captions
 * @now: the time
 * @text: (nullable): the words that wait, with those of @merges; %NULL if
 *   there are none, nor will be without new ones; empty if that is undecided
 * @turn: number of the turn that they would be
 * @merges: the turn that it would replace, or 0
 *
 * Words that were shown and are none of a turn's stay as they were.
 */
void
turn_caption_show (TurnCaption * caption, gint64 now, const gchar * text,
    guint turn, guint merges)
{
  guint segment;

  if (!text) {
    close_open (caption, caption->text);
    return;
  }
  if (!*text && !caption->open)
    return;
  segment = choose (caption, turn, merges);
  if (caption->open && caption->open != segment)
    close_open (caption, "");
  caption->open = segment ? segment : new_segment (caption, turn);
  if (g_strcmp0 (caption->text, text) == 0)
    return;
  g_free (caption->text);
  caption->text = g_strdup (text);
  caption->untold = TRUE;
  turn_caption_flush (caption, now);
}

/**
 * turn_caption_flush:
 * @caption: captions
 * @now: the time
 *
 * Tells what has changed, if it is time.
 *
 * Returns: when to call it again, or -1
 */
gint64
turn_caption_flush (TurnCaption * caption, gint64 now)
{
  if (!caption->untold)
    return -1;
  if (now < caption->next)
    return caption->next;
  caption->untold = FALSE;
  caption->next = now + EVERY;
  caption->func (caption->open, caption->text, FALSE, caption->data);
  return -1;
}

/**
 * turn_caption_commit:
 * @caption: captions
 * @text: of the turn, with the words of @merges
 * @turn: its number
 * @merges: the turn that it replaces, or 0
 */
void
turn_caption_commit (TurnCaption * caption, const gchar * text, guint turn,
    guint merges)
{
  guint segment = choose (caption, turn, merges);

  if (caption->open == segment) {
    caption->open = 0;
    caption->untold = FALSE;
    g_clear_pointer (&caption->text, g_free);
  } else {
    close_open (caption, "");
  }
  caption->segment = segment ? segment : new_segment (caption, turn);
  caption->turn = turn;
  g_free (caption->committed);
  caption->committed = g_strdup (text);
  caption->func (caption->segment, text, TRUE, caption->data);
}

/**
 * turn_caption_correct:
 * @caption: captions
 * @text: the better wording
 * @turn: of this turn
 */
void
turn_caption_correct (TurnCaption * caption, const gchar * text, guint turn)
{
  if (turn != caption->turn)
    return;
  g_free (caption->committed);
  caption->committed = g_strdup (text);
  if (caption->open != caption->segment)
    caption->func (caption->segment, text, TRUE, caption->data);
}
