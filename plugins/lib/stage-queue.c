/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What waits for a stage's task, in order, and what can be taken out of the
 * middle of it. Items taken out are given back in a list, so that the caller
 * frees them without its lock.
 *
 * Threads and locks: the stage's lock guards a queue.
 */
#include "stage-queue.h"

void
stage_item_free (StageItem * item)
{
  if (item->object)
    gst_mini_object_unref (item->object);
  if (item->destroy)
    item->destroy (item->data);
  gst_voice_token_unref (item->token);
  g_free (item);
}

static void
uncount (StageQueue * queue, const StageItem * item)
{
  if (item->kind == STAGE_BUFFER) {
    queue->n_buffers--;
    queue->n_bytes -= item->size;
  }
}

static GSList *
take_out (StageQueue * queue, GList * link, GSList * taken)
{
  taken = g_slist_prepend (taken, link->data);
  uncount (queue, link->data);
  g_queue_delete_link (&queue->items, link);
  return taken;
}

void
stage_queue_push (StageQueue * queue, StageItem * item)
{
  g_queue_push_tail (&queue->items, item);
  if (item->kind == STAGE_BUFFER) {
    queue->n_buffers++;
    queue->n_bytes += item->size;
  }
}

StageItem *
stage_queue_pop (StageQueue * queue)
{
  StageItem *item = g_queue_pop_head (&queue->items);

  if (item)
    uncount (queue, item);
  return item;
}

/* One buffer always has room, however large it is. */
gboolean
stage_queue_is_full (const StageQueue * queue, guint max_buffers,
    gsize max_bytes, gsize more)
{
  return queue->n_buffers > 0 && (queue->n_buffers >= max_buffers
      || queue->n_bytes + more > max_bytes);
}

/* Takes out what has become obsolete. */
GSList *
stage_queue_purge (StageQueue * queue, const GstVoiceFilter * filter)
{
  GSList *gone = NULL;

  for (GList * l = queue->items.head, *next; l; l = next) {
    const StageItem *item = l->data;

    next = l->next;
    if (item->can_expire && !gst_voice_filter_passes (filter, &item->mark))
      gone = take_out (queue, l, gone);
  }
  return gone;
}

/* Takes out the oldest buffers until there is room for @more bytes. */
GSList *
stage_queue_leak (StageQueue * queue, guint max_buffers, gsize max_bytes,
    gsize more, GstClockTime * lost)
{
  GSList *gone = NULL;

  for (GList * l = queue->items.head, *next; l && stage_queue_is_full (queue,
          max_buffers, max_bytes, more); l = next) {
    const StageItem *item = l->data;

    next = l->next;
    if (item->kind != STAGE_BUFFER)
      continue;
    if (GST_BUFFER_DURATION_IS_VALID (item->object))
      *lost += GST_BUFFER_DURATION (item->object);
    gone = take_out (queue, l, gone);
  }
  return gone;
}

GSList *
stage_queue_clear (StageQueue * queue)
{
  GSList *gone = NULL;

  while (queue->items.head)
    gone = take_out (queue, queue->items.head, gone);
  return gone;
}
