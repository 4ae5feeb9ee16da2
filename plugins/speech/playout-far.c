/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `playout` knows of the far end: it asks, it is told, and it tells
 * upstream. As long as nobody answers the far end is open and near.
 *
 * Threads: any. Locks: its own, a leaf; queries and events go without it.
 */
#include "playout-far.h"

#include <gst-voice/events.h>

/* Nobody is further away than that. */
#define FAREST (5 * GST_SECOND)

void
playout_far_clear (PlayoutFar * far)
{
  g_mutex_clear (&far->lock);
}

void
playout_far_reset (PlayoutFar * far)
{
  g_mutex_lock (&far->lock);
  far->now = far->told = (PlayoutFarState) {
  .open = TRUE};
  g_mutex_unlock (&far->lock);
}

void
playout_far_init (PlayoutFar * far)
{
  g_mutex_init (&far->lock);
  playout_far_reset (far);
}

PlayoutFarState
playout_far_get (PlayoutFar * far)
{
  PlayoutFarState now;

  g_mutex_lock (&far->lock);
  now = far->now;
  g_mutex_unlock (&far->lock);
  return now;
}

/* What does not say whether it is open is no answer. */
static void
take_locked (PlayoutFar * far, const GstStructure * s)
{
  GstClockTime delay = gst_voice_structure_time (s, "delay");

  if (!gst_structure_get_boolean (s, "open", &far->now.open))
    return;
  far->now.delay = GST_CLOCK_TIME_IS_VALID (delay) ? MIN (delay, FAREST) : 0;
}

/* The far end has spoken for itself. */
void
playout_far_take (PlayoutFar * far, const GstStructure * event)
{
  g_mutex_lock (&far->lock);
  far->events++;
  take_locked (far, event);
  g_mutex_unlock (&far->lock);
}

/* An answer counts unless the far end has spoken for itself meanwhile: it may
 * be older. */
void
playout_far_ask (PlayoutFar * far, GstPad * srcpad)
{
  GstQuery *query = gst_voice_query_new ("far");
  guint events;

  g_mutex_lock (&far->lock);
  events = far->events;
  g_mutex_unlock (&far->lock);
  if (gst_pad_peer_query (srcpad, query)) {
    g_mutex_lock (&far->lock);
    if (events == far->events)
      take_locked (far, gst_query_get_structure (query));
    g_mutex_unlock (&far->lock);
  }
  gst_query_unref (query);
}

static gboolean
is_news_locked (PlayoutFar * far)
{
  return far->now.open != far->told.open || far->now.delay != far->told.delay;
}

/* In order: who comes while another thread tells leaves it to that one. */
void
playout_far_tell (PlayoutFar * far, GstPad * sinkpad)
{
  g_mutex_lock (&far->lock);
  while (!far->telling && is_news_locked (far)) {
    PlayoutFarState state = far->told = far->now;

    far->telling = TRUE;
    g_mutex_unlock (&far->lock);
    gst_pad_push_event (sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
            gst_voice_structure_new ("far", "open", state.open,
                "delay", state.delay, NULL)));
    g_mutex_lock (&far->lock);
    far->telling = FALSE;
  }
  g_mutex_unlock (&far->lock);
}
