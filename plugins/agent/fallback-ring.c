/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The sound since the last final, for whoever takes the place of a recogniser
 * that has failed. It is bounded by what the queue of a recogniser holds, so
 * that it can be given at one go.
 *
 * Threads and locks: the owner's.
 */
#include "fallback-ring.h"

#include <gst-voice/clock.h>

#define MAX_LENGTH (30 * GST_SECOND)
#define MAX_BYTES (900 * 1000)
#define MAX_ITEMS 3500

static void
item_free (gpointer data)
{
  gst_mini_object_unref (((FallbackItem *) data)->object);
  g_free (data);
}

void
fallback_ring_init (FallbackRing * ring)
{
  g_queue_init (&ring->items);
  ring->length = ring->bytes = 0;
}

void
fallback_ring_clear (FallbackRing * ring)
{
  g_queue_clear_full (&ring->items, item_free);
  ring->length = ring->bytes = 0;
}

static void
drop (FallbackRing * ring, GList * link)
{
  FallbackItem *item = link->data;

  if (GST_IS_BUFFER (item->object)) {
    ring->length -= GST_BUFFER_DURATION (item->object);
    ring->bytes -= gst_buffer_get_size (GST_BUFFER (item->object));
  }
  item_free (item);
  g_queue_delete_link (&ring->items, link);
}

/* The oldest goes first; an event that nobody has seen yet stays, but within
 * bounds. */
static void
bound (FallbackRing * ring)
{
  for (GList * l = ring->items.head, *next; l; l = next) {
    FallbackItem *item = l->data;

    next = l->next;
    if (ring->length <= MAX_LENGTH && ring->bytes <= MAX_BYTES
        && ring->items.length <= MAX_ITEMS)
      break;
    if (GST_IS_BUFFER (item->object) || item->out
        || ring->items.length > MAX_ITEMS)
      drop (ring, l);
  }
}

/**
 * fallback_ring_add_buffer:
 * @ring: a ring
 * @buffer: (transfer none): sound, with a duration
 * @end: when it ends, in running time
 */
void
fallback_ring_add_buffer (FallbackRing * ring, GstBuffer * buffer,
    GstClockTime end)
{
  FallbackItem *item = g_new0 (FallbackItem, 1);
  GstBuffer *copy = gst_buffer_copy (buffer);

  /* What is kept is no work under way. */
  gst_voice_token_alight (copy);
  if (!GST_BUFFER_DURATION_IS_VALID (copy))
    GST_BUFFER_DURATION (copy) = 0;
  item->object = GST_MINI_OBJECT (copy);
  item->end = end;
  g_queue_push_tail (&ring->items, item);
  ring->length += GST_BUFFER_DURATION (copy);
  ring->bytes += gst_buffer_get_size (copy);
  bound (ring);
}

/**
 * fallback_ring_add_event:
 * @ring: a ring
 * @event: (transfer full): without a token
 * @out: whether it has gone on
 */
void
fallback_ring_add_event (FallbackRing * ring, GstEvent * event, gboolean out)
{
  FallbackItem *item = g_new0 (FallbackItem, 1);

  item->object = GST_MINI_OBJECT (event);
  item->out = out;
  g_queue_push_tail (&ring->items, item);
  bound (ring);
}

/**
 * fallback_ring_went_out:
 * @ring: a ring
 * @seqnum: of an event that comes out
 *
 * Returns: whether it may go on: it is none of the ring's, or comes out for the
 * first time
 */
gboolean
fallback_ring_went_out (FallbackRing * ring, guint32 seqnum)
{
  for (GList * l = ring->items.head; l; l = l->next) {
    FallbackItem *item = l->data;
    gboolean first = !item->out;

    if (!GST_IS_EVENT (item->object)
        || gst_event_get_seqnum (GST_EVENT (item->object)) != seqnum)
      continue;
    item->out = TRUE;
    return first;
  }
  return TRUE;
}

/**
 * fallback_ring_settle:
 * @ring: a ring
 * @until: running time up to which all has been understood
 */
void
fallback_ring_settle (FallbackRing * ring, GstClockTime until)
{
  for (GList * l = ring->items.head, *next; l; l = next) {
    FallbackItem *item = l->data;

    next = l->next;
    if (GST_IS_BUFFER (item->object)) {
      if (item->end > until)
        break;
      drop (ring, l);
    } else if (item->out) {
      drop (ring, l);
    }
  }
}
