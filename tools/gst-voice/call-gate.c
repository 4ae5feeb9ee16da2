/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lets a source join before it is known which persona takes the call. Sound of
 * that time is dropped; what the source says of the participant waits, and
 * goes before the first sound.
 *
 * Threads: made, opened and freed in the main thread, and freed when the
 * pipeline is NULL; the probe runs in the source's.
 * Locks: none; `open` is atomic, the rest belongs to the source's thread.
 */
#include "call-gate.h"

#define MAX_HELD 64

struct _CallGate
{
  /* set once in call_gate_new() */
  GstElement *pipeline, *agent;
  GstPad *pad, *sink;           /* of the source, and of the agent */

  /* atomic */
  gint open;

  /* the source's thread */
  GQueue held;                  /* of GstEvent */
  gboolean draining;
  gulong probe;
};

static gboolean
must_wait (GstEvent * event)
{
  return GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM;
}

/* Sticky events pass: a pad that is not linked keeps them, and sends them
 * before the first data when it is. */
static GstPadProbeReturn
hold (CallGate * gate, GstPadProbeInfo * info)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (!(GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM))
    return GST_PAD_PROBE_DROP;
  /* Nobody else would notice that the caller is gone. */
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    gst_element_post_message (gate->pipeline,
        gst_message_new_eos (GST_OBJECT (gate->pipeline)));
  if (!must_wait (event))
    return GST_PAD_PROBE_PASS;
  if (g_queue_get_length (&gate->held) < MAX_HELD)
    g_queue_push_tail (&gate->held, gst_event_ref (event));
  return GST_PAD_PROBE_DROP;
}

/* What comes before any data, and with the last of it all that is before it. An
 * event of ours would not bring it along. */
static void
push_sticky (GstPad * pad)
{
  static const GstEventType types[] = { GST_EVENT_SEGMENT, GST_EVENT_CAPS,
    GST_EVENT_STREAM_START
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    GstEvent *event = gst_pad_get_sticky_event (pad, types[i], 0);

    if (event) {
      gst_pad_push_event (pad, event);
      return;
    }
  }
}

static gboolean
is_sticky (GstPadProbeInfo * info)
{
  return GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
      && GST_EVENT_IS_STICKY (GST_PAD_PROBE_INFO_EVENT (info));
}

static GstPadProbeReturn
pass (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  CallGate *gate = data;
  GstEvent *event;

  if (!g_atomic_int_get (&gate->open))
    return hold (gate, info);
  /* What is pushed here comes here again; and sticky events are on their way
   * because of what follows them. */
  if (gate->draining || is_sticky (info))
    return GST_PAD_PROBE_PASS;
  gate->draining = TRUE;
  push_sticky (pad);
  while ((event = g_queue_pop_head (&gate->held)))
    gst_pad_push_event (pad, event);
  gate->probe = 0;
  return GST_PAD_PROBE_REMOVE;
}

/**
 * call_gate_new:
 * @pipeline: in NULL
 * @agent: in it, and linked to a source
 *
 * Returns: (transfer full): what keeps @agent back
 */
CallGate *
call_gate_new (GstElement * pipeline, GstElement * agent)
{
  CallGate *gate = g_new0 (CallGate, 1);

  gate->pipeline = gst_object_ref (pipeline);
  gate->agent = gst_object_ref (agent);
  gate->sink = gst_element_get_static_pad (agent, "sink");
  gate->pad = gst_pad_get_peer (gate->sink);
  if (gate->pad) {
    /* A pad that does not take anything would stop the source. */
    gst_pad_unlink (gate->pad, gate->sink);
    gate->probe = gst_pad_add_probe (gate->pad, GST_PAD_PROBE_TYPE_BUFFER |
        GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        pass, gate, NULL);
  }
  gst_element_set_locked_state (agent, TRUE);
  return gate;
}

/**
 * call_gate_open:
 * @gate: a gate of a pipeline that plays
 *
 * The agent starts, and takes what the source sends from now on. If it cannot
 * start it says so by an ERROR message.
 */
void
call_gate_open (CallGate * gate)
{
  if (g_atomic_int_get (&gate->open))
    return;
  gst_element_set_locked_state (gate->agent, FALSE);
  gst_element_set_base_time (gate->agent,
      gst_element_get_base_time (gate->pipeline));
  gst_element_sync_state_with_parent (gate->agent);
  if (gate->pad && GST_PAD_LINK_FAILED (gst_pad_link (gate->pad, gate->sink)))
    GST_ELEMENT_ERROR (gate->agent, CORE, PAD,
        ("the agent does not take the caller's sound"), (NULL));
  g_atomic_int_set (&gate->open, TRUE);
}

/**
 * call_gate_free:
 * @gate: (transfer full): a gate
 */
void
call_gate_free (CallGate * gate)
{
  if (gate->probe)
    gst_pad_remove_probe (gate->pad, gate->probe);
  g_queue_clear_full (&gate->held, (GDestroyNotify) gst_event_unref);
  gst_clear_object (&gate->pad);
  gst_object_unref (gate->sink);
  gst_object_unref (gate->agent);
  gst_object_unref (gate->pipeline);
  g_free (gate);
}
