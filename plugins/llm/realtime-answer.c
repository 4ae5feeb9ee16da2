/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is kept of an answer of a realtime session.
 *
 * Threads: one at a time. Locks: none.
 */
#include "realtime-answer.h"

#include <string.h>

static void
item_clear (gpointer data)
{
  g_free (((RealtimeItem *) data)->id);
}

RealtimeAnswer *
realtime_answer_new (void)
{
  RealtimeAnswer *answer = g_new0 (RealtimeAnswer, 1);

  answer->items = g_array_new (FALSE, FALSE, sizeof (RealtimeItem));
  g_array_set_clear_func (answer->items, item_clear);
  return answer;
}

/* As if nothing had come of it: it is to be asked for again. */
void
realtime_answer_reset (RealtimeAnswer * answer)
{
  g_queue_clear_full (&answer->held,
      (GDestroyNotify) openai_realtime_event_free);
  g_queue_clear_full (&answer->early, (GDestroyNotify) g_bytes_unref);
  g_array_set_size (answer->items, 0);
  g_clear_pointer (&answer->response, g_free);
  answer->held_size = answer->early_size = 0;
  answer->sent = answer->cancelled = answer->has_odd = FALSE;
}

void
realtime_answer_free (RealtimeAnswer * answer)
{
  realtime_answer_reset (answer);
  g_array_unref (answer->items);
  g_free (answer->say);
  g_free (answer);
}

/* Takes @event, which is told when the answer is wanted. FALSE if that is too
 * much. */
gboolean
realtime_answer_hold (RealtimeAnswer * answer, OpenaiRealtimeEvent * event)
{
  answer->held_size += sizeof *event + strlen (event->text)
      + (event->audio ? g_bytes_get_size (event->audio) : 0);
  g_queue_push_tail (&answer->held, event);
  return answer->held_size <= REALTIME_ANSWER_MAX_HELD;
}

static RealtimeItem *
find_item (RealtimeAnswer * answer, const gchar * id)
{
  for (guint i = answer->items->len; id && i-- > 0;) {
    RealtimeItem *item = &g_array_index (answer->items, RealtimeItem, i);

    if (strcmp (item->id, id) == 0)
      return item;
  }
  return NULL;
}

/* A message of the answer begins. */
void
realtime_answer_add_item (RealtimeAnswer * answer, const gchar * id)
{
  RealtimeItem item = { 0 };

  if (!id || find_item (answer, id)
      || answer->items->len == REALTIME_ANSWER_MAX_ITEMS)
    return;
  item.id = g_strdup (id);
  g_array_append_val (answer->items, item);
}

/* More sound of a message. Returns: (transfer full): whole samples; half of one
 * waits for the other half */
GBytes *
realtime_answer_sound (RealtimeAnswer * answer, const gchar * id,
    GBytes * sound)
{
  gsize size, total, whole;
  const guint8 *data = g_bytes_get_data (sound, &size);
  RealtimeItem *item;
  guint8 *out;

  total = size + answer->has_odd;
  whole = total & ~(gsize) 1;
  out = g_malloc (whole + 1);
  out[0] = answer->odd;
  memcpy (out + answer->has_odd, data, MIN (size, whole + 1 - answer->has_odd));
  if (total > whole)
    answer->odd = out[whole];
  answer->has_odd = total > whole;
  realtime_answer_add_item (answer, id);
  item = find_item (answer, id);
  if (item)
    item->samples += whole / 2;
  return g_bytes_new_take (out, whole);
}

/* What the service has to be told when so much of the answer was heard.
 * Returns: (transfer full): of gchar, the events */
GPtrArray *
realtime_answer_heard (RealtimeAnswer * answer, guint ms)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < answer->items->len; i++) {
    const RealtimeItem *item = &g_array_index (answer->items, RealtimeItem, i);
    guint64 length = item->samples * 1000 / OPENAI_REALTIME_RATE;

    if (ms == 0)
      g_ptr_array_add (out, openai_realtime_delete (item->id));
    else if (ms < length)
      g_ptr_array_add (out, openai_realtime_truncate (item->id, ms));
    ms -= MIN (ms, length);
  }
  return out;
}
