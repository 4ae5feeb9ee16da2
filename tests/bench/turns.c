/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What our own stages add to a reply and to an interruption, in real time, in
 * whole calls whose recogniser, language model and voice answer at once.
 *
 * The stamps are the machine's clock, at pads:
 * - reply: from the recogniser's final entering `turn`, after which nothing is
 *   waited for, to the first frame with sound leaving `playout`; and to the
 *   first sound entering it, without the wait for the next frame. That wait is
 *   nearly a whole frame here: caller and agent have the same beat of 20 ms
 * - hold: from `voice/hold` leaving `turn` to the last frame with sound leaving
 *   `playout`; it fades out in its first 5 ms
 * - interruption: from `voice/interrupt` leaving `turn` to `voice/heard`
 *   leaving the language model, which has then cut the conversation
 *
 * Threads: probes are called in the threads of the calls. Locks: `lock` guards
 * the stamps of a call.
 */
#include "figures.h"
#include "idle-stages.h"
#include "played-call.h"

#include <glib/gstdio.h>
#include <gst-voice/chat.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

#define MANY 20
#define PAIRS 11                /* of a turn and an interruption a call */

typedef struct
{
  PlayedCall call;
  GstVoiceSession *session;

  GMutex lock;
  gint64 final, due, hold, interrupt, sounded;  /* or 0 */
  GArray *replies, *stages, *holds, *cuts;      /* of gdouble, ms */
  guint uncut;                  /* chats that were not cut when they should */
} Watched;

static void
add (GArray * values, gint64 from, gint64 to)
{
  gdouble ms = (to - from) / 1e3;

  g_array_append_val (values, ms);
}

static GstPadProbeReturn
final_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Watched *self = data;

  g_mutex_lock (&self->lock);
  self->final = self->due = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
turn_decides (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Watched *self = data;

  g_mutex_lock (&self->lock);
  if (gst_voice_event_is (event, "hold"))
    self->hold = self->sounded = g_get_monotonic_time ();
  else if (gst_voice_event_is (event, "interrupt"))
    self->interrupt = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* Whether the last the agent said in the conversation is @text. */
static gboolean
chat_ends_with (GstVoiceSession * session, const gchar * text)
{
  JsonArray *messages =
      gst_voice_chat_render (gst_voice_session_chat (session));
  guint n = json_array_get_length (messages);
  const gchar *said = "";

  for (guint i = 0; i < n; i++) {
    JsonObject *message = json_array_get_object_element (messages, i);

    if (strcmp (json_object_get_string_member_with_default (message, "role",
                ""), "assistant") == 0)
      said = json_object_get_string_member_with_default (message, "content",
          "");
  }
  n = g_str_has_prefix (said, text);
  json_array_unref (messages);
  return n;
}

static GstPadProbeReturn
heard_arrives (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gint64 now = g_get_monotonic_time ();
  const GstStructure *s = gst_voice_event_parse (event);
  Watched *self = data;
  gint64 interrupt;

  if (!gst_voice_event_is (event, "heard"))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  interrupt = self->interrupt;
  self->interrupt = 0;
  if (interrupt)
    add (self->cuts, interrupt, now);
  g_mutex_unlock (&self->lock);
  if (interrupt && !chat_ends_with (self->session,
          gst_voice_structure_string (s, "text")))
    self->uncut++;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
sound_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Watched *self = data;

  g_mutex_lock (&self->lock);
  if (self->due)
    add (self->stages, self->due, g_get_monotonic_time ());
  self->due = 0;
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static gboolean
has_sound (GstBuffer * buffer)
{
  gboolean sound = FALSE;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  for (gsize i = 0; i < map.size && !sound; i++)
    sound = map.data[i] != 0;
  gst_buffer_unmap (buffer, &map);
  return sound;
}

static GstPadProbeReturn
frame_leaves (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  gboolean sound = has_sound (GST_PAD_PROBE_INFO_BUFFER (info));
  gint64 now = g_get_monotonic_time ();
  Watched *self = data;

  g_mutex_lock (&self->lock);
  if (self->hold && !sound) {
    add (self->holds, self->hold, self->sounded);
    self->hold = 0;
  }
  if (sound)
    self->sounded = now;
  if (sound && self->final) {
    add (self->replies, self->final, now);
    self->final = 0;
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (Watched * self, const gchar * factory, const gchar * pad_name,
    GstPadProbeType type, GstPadProbeCallback func)
{
  GstElement *element = played_call_find (&self->call, factory);
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, type, func, self, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static void
start (Watched * self, const gchar * caller)
{
  if (!played_call_start (&self->call, "tests/data/idle/idle.json", caller,
          FALSE))
    g_error ("the call does not begin");
  g_mutex_init (&self->lock);
  self->replies = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->holds = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->stages = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->cuts = g_array_new (FALSE, FALSE, sizeof (gdouble));
  g_object_get (self->call.agent, "session", &self->session, NULL);
  watch (self, "turn", "sink", GST_PAD_PROBE_TYPE_BUFFER, final_enters);
  watch (self, "turn", "src", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      turn_decides);
  watch (self, "turn", "src", GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, heard_arrives);
  watch (self, "playout", "sink", GST_PAD_PROBE_TYPE_BUFFER, sound_enters);
  watch (self, "playout", "src", GST_PAD_PROBE_TYPE_BUFFER, frame_leaves);
}

static void
stop (Watched * self, Watched * sum)
{
  played_call_stop (&self->call);
  if (self->call.failed)
    g_error ("a call failed");
  g_array_append_vals (sum->replies, self->replies->data, self->replies->len);
  g_array_append_vals (sum->stages, self->stages->data, self->stages->len);
  g_array_append_vals (sum->holds, self->holds->data, self->holds->len);
  g_array_append_vals (sum->cuts, self->cuts->data, self->cuts->len);
  sum->uncut += self->uncut;
  g_array_unref (self->replies);
  g_array_unref (self->stages);
  g_array_unref (self->holds);
  g_array_unref (self->cuts);
  g_object_unref (self->session);
  g_mutex_clear (&self->lock);
}

/* What the stages themselves have measured. */
static void
take_metrics (PlayedCall * call, GstMessage * message, gpointer data)
{
  const GstStructure *s = gst_message_get_structure (message);
  gdouble ms;

  if (!s || !gst_structure_has_name (s, "voice/turn-metrics"))
    return;
  ms = gst_voice_structure_time (s, "own") / 1e6;
  g_array_append_val (data, ms);
}

static gchar *
write_caller (void)
{
  gchar *dir = g_dir_make_tmp ("bench-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "turns.caller", NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < PAIRS; i++)
    g_string_append (text,
        "after agent 0.3 say \"please write that down\"\n"
        "during agent 0.8 say \"no wait please stop that\"\n");
  g_string_append (text, "after agent hangup\n");
  g_file_set_contents (path, text->str, -1, NULL);
  g_string_free (text, TRUE);
  g_free (dir);
  return path;
}

static void
print (const Watched * sum, GArray * own, guint n)
{
  gchar *what = g_strdup_printf ("reply, our share, ms, %u call%s at once", n,
      n > 1 ? "s" : "");

  figures_spread (what, "<= 30 / <= 60", sum->replies);
  g_free (what);
  figures_spread ("- of it until the sound is there", "", sum->stages);
  figures_spread ("- by the stages' own stamps (turn-metrics)", "", own);
  figures_spread ("- hold to last frame with sound, ms", "<= 20 / <= 40",
      sum->holds);
  figures_spread ("- interrupt to conversation cut, ms", "", sum->cuts);
  figures_row ("- conversations not cut at that moment", "0", "%u", sum->uncut);
}

static void
measure (const gchar * caller, guint n)
{
  GArray *own = g_array_new (FALSE, FALSE, sizeof (gdouble));
  Watched *watched = g_new0 (Watched, n);
  PlayedCall *calls = g_new (PlayedCall, n);
  Watched sum = {
    .replies = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    .holds = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    .stages = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    .cuts = g_array_new (FALSE, FALSE, sizeof (gdouble)),
  };

  for (guint i = 0; i < n; i++) {
    start (&watched[i], caller);
    calls[i] = watched[i].call;
  }
  played_call_run (calls, n, 200 * GST_SECOND, take_metrics, own);
  for (guint i = 0; i < n; i++) {
    watched[i].call = calls[i];
    stop (&watched[i], &sum);
  }
  print (&sum, own, n);
  g_array_unref (sum.replies);
  g_array_unref (sum.stages);
  g_array_unref (sum.holds);
  g_array_unref (sum.cuts);
  g_array_unref (own);
  g_free (watched);
  g_free (calls);
}

int
main (int argc, char **argv)
{
  gchar *caller, *dir;

  gst_init (&argc, &argv);
  idle_stages_register ();
  caller = write_caller ();
  measure (caller, 1);
  measure (caller, MANY);
  g_unlink (caller);
  dir = g_path_get_dirname (caller);
  g_rmdir (dir);
  g_free (dir);
  g_free (caller);
  return 0;
}
