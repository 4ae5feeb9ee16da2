/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A language model between a caller and a mouth, on a test clock.
 */
#include "llm-fixture.h"
#include "chat-line.h"

#include <string.h>

static void
note_down (Fixture * f, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void note_down (Fixture * f, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_mutex_lock (&f->lock);
  if (f->down->len)
    g_string_append_c (f->down, ' ');
  g_string_append_vprintf (f->down, format, args);
  f->changes++;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
  va_end (args);
}

static void
note_event_down (Fixture * f, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    note_down (f, "EOS");
  /* What goes out of band comes from another thread, at any place. */
  if (!s || GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM_OOB)
    return;
  if (gst_voice_event_is (event, "speech"))
    note_down (f, "S%u:%s%s", gst_voice_structure_uint (s, "speech"),
        gst_voice_structure_string (s, "source"),
        gst_voice_structure_boolean (s, "interruptible") ? "" : "!");
  else if (gst_voice_event_is (event, "speech-end"))
    note_down (f, "E%u", gst_voice_structure_uint (s, "speech"));
  else if (gst_voice_event_is (event, "tool-call"))
    note_down (f, "C%s:%s%s", gst_voice_structure_string (s, "id"),
        gst_voice_structure_string (s, "name"),
        gst_voice_structure_string (s, "arguments"));
  else if (gst_voice_event_is (event, "hangup"))
    note_down (f, "H:%s", gst_voice_structure_string (s, "reason"));
  else
    note_down (f, "%s", gst_structure_get_name (s) + strlen ("voice/"));
}

static GstPadProbeReturn
mouth (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  GstQuery *query;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    gchar *text = gst_voice_text_buffer_get (GST_PAD_PROBE_INFO_BUFFER (info));

    note_down (f, "\"%s\"", text);
    g_free (text);
  } else if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    note_event_down (f, GST_PAD_PROBE_INFO_EVENT (info));
  } else if (info->type & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM) {
    query = GST_PAD_PROBE_INFO_QUERY (info);
    if (!gst_voice_query_is (query, "tools") || !f->tools
        || !(info->type & GST_PAD_PROBE_TYPE_PUSH))
      return GST_PAD_PROBE_OK;
    f->questions++;
    gst_structure_set (gst_query_writable_structure (query), "tools",
        G_TYPE_STRING, f->tools, NULL);
    return GST_PAD_PROBE_HANDLED;
  }
  return GST_PAD_PROBE_OK;
}

static void
note_event_up (Fixture * f, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  g_mutex_lock (&f->lock);
  if (f->up->len)
    g_string_append_c (f->up, ' ');
  g_string_append (f->up, gst_structure_get_name (s) + strlen ("voice/"));
  if (gst_voice_event_is (event, "say"))
    g_string_append_printf (f->up, "(%s)", gst_voice_structure_string (s,
            "text"));
  else if (gst_voice_event_is (event, "no-reply"))
    g_string_append_printf (f->up, "(%u:%s)", gst_voice_structure_uint (s,
            "turn"), gst_voice_structure_string (s, "reason"));
  else if (gst_voice_event_is (event, "expect"))
    g_string_append_printf (f->up, "(%s:%u)", gst_voice_structure_string (s,
            "kind"), gst_voice_structure_uint (s, "length"));
  else if (gst_voice_event_is (event, "hangup"))
    g_string_append_printf (f->up, "(%s)", gst_voice_structure_string (s,
            "reason"));
  f->changes++;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static GstPadProbeReturn
ear (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_UPSTREAM) {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

    if (gst_voice_event_parse (event) && !gst_voice_event_is (event, "speech"))
      note_event_up (f, event);
  } else if (f->arbiter && info->type & GST_PAD_PROBE_TYPE_PUSH
      && gst_voice_query_is (GST_PAD_PROBE_INFO_QUERY (info), "arbiter")) {
    return GST_PAD_PROBE_HANDLED;
  }
  return GST_PAD_PROBE_OK;
}

void
set_up (Fixture * f, const gchar * launch, const gchar * script)
{
  gchar *json = script ? g_strdelimit (g_strdup (script), "'", '"') : NULL;

  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->down = g_string_new (NULL);
  f->up = g_string_new (NULL);
  f->h = gst_harness_new_parse (launch);
  f->llm = gst_bin_get_by_name (GST_BIN (f->h->element), "llm");
  f->clock = gst_harness_get_testclock (f->h);
  f->bus = gst_bus_new ();
  /* Everything is in its place before the element starts. */
  gst_element_set_state (f->h->element, GST_STATE_NULL);
  if (json)
    g_object_set (f->llm, "script-text", json, NULL);
  g_free (json);
  gst_element_set_bus (f->h->element, f->bus);
  gst_pad_add_probe (f->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      mouth, f, NULL);
  gst_pad_add_probe (f->h->srcpad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM |
      GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, ear, f, NULL);
  gst_element_set_state (f->h->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (f->h, "text/x-raw,format=utf8");
}

void
tear_down (Fixture * f)
{
  gst_element_set_state (f->h->element, GST_STATE_NULL);
  gst_element_set_bus (f->h->element, NULL);
  gst_object_unref (f->bus);
  gst_object_unref (f->llm);
  gst_object_unref (f->clock);
  gst_harness_teardown (f->h);
  g_string_free (f->down, TRUE);
  g_string_free (f->up, TRUE);
  g_cond_clear (&f->cond);
  g_mutex_clear (&f->lock);
}

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean done;
} Waiter;

static void
wake (GstVoiceStage * stage, gpointer data)
{
  Waiter *w = data;

  g_mutex_lock (&w->lock);
  w->done = TRUE;
  g_cond_signal (&w->cond);
  g_mutex_unlock (&w->lock);
}

/* Twice, for what is done may give it more to do. */
void
settle (Fixture * f)
{
  for (guint i = 0; i < 2; i++) {
    Waiter w = { 0 };

    g_mutex_init (&w.lock);
    g_cond_init (&w.cond);
    g_assert_true (gst_voice_stage_post (GST_VOICE_STAGE (f->llm), wake, &w,
            NULL));
    g_mutex_lock (&w.lock);
    while (!w.done)
      g_cond_wait (&w.cond, &w.lock);
    g_mutex_unlock (&w.lock);
    g_cond_clear (&w.cond);
    g_mutex_clear (&w.lock);
  }
}

/* What was given to the element goes before a timer that is due. */
guint
crank (Fixture * f)
{
  guint before;

  settle (f);
  g_mutex_lock (&f->lock);
  before = f->changes;
  g_mutex_unlock (&f->lock);
  gst_test_clock_wait_for_next_pending_id (f->clock, NULL);
  g_assert_true (gst_test_clock_crank (f->clock));
  g_mutex_lock (&f->lock);
  while (f->changes == before)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
  return gst_clock_get_time (GST_CLOCK (f->clock)) / MS;
}

void
hear_more (Fixture * f, guint turn, guint generation, GstVoiceFlags flags,
    guint merges, const gchar * text)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->turn = turn;
  meta->generation = generation;
  meta->flags = flags;
  meta->merges = merges;
  g_assert_cmpint (gst_harness_push (f->h, buffer), ==, GST_FLOW_OK);
}

void
hear (Fixture * f, guint turn, guint generation, const gchar * text)
{
  hear_more (f, turn, generation, GST_VOICE_FLAG_NONE, 0, text);
}

void
send_ordered (Fixture * f, GstStructure * s)
{
  g_assert_true (gst_harness_push_event (f->h, gst_voice_event_new
          (GST_VOICE_ORDERED, NULL, s)));
}

void
send_oob (Fixture * f, GstStructure * s)
{
  g_assert_true (gst_harness_push_event (f->h, gst_voice_event_new
          (GST_VOICE_OOB, NULL, s)));
}

void
send_upstream (Fixture * f, GstStructure * s)
{
  gst_harness_push_upstream_event (f->h, gst_voice_event_new
      (GST_VOICE_UPSTREAM, NULL, s));
}

void
interrupt (Fixture * f, guint generation, gboolean force)
{
  send_oob (f, gst_voice_structure_new ("interrupt", "generation", generation,
          "reason", "words", "force", force, NULL));
}

void
result (Fixture * f, const gchar * id, const gchar * outcome,
    const gchar * json)
{
  send_upstream (f, gst_voice_structure_new ("tool-result", "id", id,
          "outcome", outcome, "json", json, NULL));
}

void
commit (Fixture * f, guint turn, guint merges, const gchar * text)
{
  send_ordered (f, gst_voice_structure_new ("commit", "turn", turn,
          "merges", merges, "text", text, NULL));
}

void
playing (Fixture * f, guint speech)
{
  send_upstream (f, gst_voice_structure_new ("playing", "speech", speech,
          NULL));
}

void
heard (Fixture * f, guint speech, const gchar * text, gboolean complete)
{
  send_upstream (f, gst_voice_structure_new ("heard", "speech", speech,
          "text", text, "complete", complete, NULL));
}

static gchar *
take (Fixture * f, GString * log)
{
  gchar *taken;

  g_mutex_lock (&f->lock);
  taken = g_strdup (log->str);
  g_string_truncate (log, 0);
  g_mutex_unlock (&f->lock);
  return taken;
}

gchar *
take_down (Fixture * f)
{
  return take (f, f->down);
}

gchar *
take_up (Fixture * f)
{
  return take (f, f->up);
}

gchar *
take_chat (Fixture * f)
{
  return chat_line (gst_voice_session_chat (gst_voice_stage_session
          (GST_VOICE_STAGE (f->llm))));
}

GstMessage *
pop_report (Fixture * f, const gchar * name)
{
  GstMessage *message;

  settle (f);
  while ((message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  g_error ("there is no %s", name);
}

void
assert_told (Fixture * f, const gchar * code)
{
  GstMessage *message = pop_report (f, "voice/provider");
  const GstStructure *s = gst_message_get_structure (message);
  gboolean fault = FALSE;

  g_assert_cmpstr (gst_voice_structure_string (s, "state"), ==, "failed");
  g_assert_cmpstr (gst_voice_structure_string (s, "code"), ==, code);
  do {
    gchar *dump = gst_structure_to_string (gst_message_get_structure (message));

    fault |= gst_message_has_name (message, "voice/fault")
        && strstr (dump, code);
    g_assert_null (strstr (dump, "Zx81"));
    g_free (dump);
    gst_message_unref (message);
    message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ELEMENT |
        GST_MESSAGE_WARNING);
  } while (message);
  g_assert_true (fault);
}

gchar *
take_warnings (Fixture * f)
{
  GString *out = g_string_new (NULL);
  const GstStructure *details;
  GstMessage *message;

  while ((message = gst_bus_pop (f->bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
      gst_message_parse_warning_details (message, &details);
      g_string_append_printf (out, "%s%s", out->len ? " " : "",
          gst_structure_get_string (details, "code"));
    }
    gst_message_unref (message);
  }
  return g_string_free (out, FALSE);
}

/* Only a test that is going to fail waits that long: what it waits for does not
 * come, and the reason is in what did. */
static void
wait_for (Fixture * f, const GString * log, const gchar * what)
{
  gint64 until = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  gboolean came = TRUE;
  gchar *warnings;

  g_mutex_lock (&f->lock);
  while (came && !strstr (log->str, what))
    came = g_cond_wait_until (&f->cond, &f->lock, until);
  g_mutex_unlock (&f->lock);
  if (came)
    return;
  warnings = take_warnings (f);
  g_error ("%s does not come. Down: %s. Up: %s. Warnings: %s.", what,
      f->down->str, f->up->str, warnings);
}

void
wait_down (Fixture * f, const gchar * what)
{
  wait_for (f, f->down, what);
}

void
wait_up (Fixture * f, const gchar * what)
{
  wait_for (f, f->up, what);
}
