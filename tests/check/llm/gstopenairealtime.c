/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Conversations with a stand-in for OpenAI's realtime sessions: what is said,
 * what the service is told, and that a connection that fails is replaced. The
 * mouth is the test: it says what was played and heard.
 */
#include "chat-line.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <provider-peer.h>
#include <string.h>

#define KEY "sk-realtime-secret"
#define QUICK " connect-timeout=1000 first-byte-timeout=400 stall-timeout=400"
#define CLOCK_TOOL " ! toolcall tools=\"[{\\\"name\\\": \\\"clock\\\", " \
    "\\\"kind\\\": \\\"static\\\", \\\"access\\\": \\\"read\\\", " \
    "\\\"description\\\": \\\"d\\\", \\\"result\\\": \\\"half past ten\\\"}]\""

typedef struct
{
  ProviderPeer *peer;
  GstHarness *h;
  GstBus *bus;
  GstVoiceSession *session;
  guint rate;
  GstClockTime now;

  GMutex lock;
  GCond changed;
  GString *log;                 /* lock */
  guint64 bytes;                /* lock: of sound */
  guint playing;                /* lock: the speech, or 0 */
  GString *text;                /* lock: of it */
  gint64 stops_at;              /* ms: where an interruption finds it, or -1 */
} Scene;

static void
tell_heard (Scene * s, GstPad * pad, const gchar * text, gboolean complete,
    GstClockTime position)
{
  guint speech = s->playing;

  s->playing = 0;
  g_mutex_unlock (&s->lock);
  gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
          gst_voice_structure_new ("heard", "speech", speech, "text", text,
              "rest", "", "complete", complete, "position", position, NULL)));
  g_mutex_lock (&s->lock);
}

static void
take_sound (Scene * s, GstPad * pad, GstBuffer * buffer)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);

  s->bytes += gst_buffer_get_size (buffer);
  g_assert_nonnull (meta);
  if (meta->written)
    g_string_append (s->text, meta->written);
  if (s->playing)
    return;
  s->playing = meta->speech;
  g_mutex_unlock (&s->lock);
  gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
          gst_voice_structure_new ("playing", "speech", meta->speech, "turn",
              meta->turn, "running-time", (GstClockTime) 0, NULL)));
  g_mutex_lock (&s->lock);
}

static void
take_event (Scene * s, GstPad * pad, GstEvent * event)
{
  const GstStructure *e = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "speech")) {
    g_string_append_printf (s->log, "S:%s ", gst_voice_structure_string (e,
            "source"));
    g_string_truncate (s->text, 0);
  } else if (gst_voice_event_is (event, "speech-end")) {
    g_string_append_printf (s->log, "\"%s\" E ", s->text->str);
    if (s->playing && s->stops_at < 0)
      tell_heard (s, pad, s->text->str, TRUE, GST_SECOND);
  } else if (gst_voice_event_is (event, "interrupt")) {
    g_string_append (s->log, "I ");
    if (s->playing)
      tell_heard (s, pad, s->stops_at > 0 ? "One" : "", FALSE,
          s->stops_at * GST_MSECOND);
    s->stops_at = -1;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    g_string_append (s->log, "EOS ");
  }
}

static GstPadProbeReturn
mouth (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Scene *s = data;
  GstQuery *query = info->type & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM ?
      GST_PAD_PROBE_INFO_QUERY (info) : NULL;

  if (query) {
    if (!gst_voice_query_is (query, "ahead")
        || !(info->type & GST_PAD_PROBE_TYPE_PUSH))
      return GST_PAD_PROBE_OK;
    gst_structure_set (gst_query_writable_structure (query), "ahead",
        GST_TYPE_CLOCK_TIME, (GstClockTime) 0, NULL);
    return GST_PAD_PROBE_HANDLED;
  }
  g_mutex_lock (&s->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    take_sound (s, pad, GST_PAD_PROBE_INFO_BUFFER (info));
  else
    take_event (s, pad, GST_PAD_PROBE_INFO_EVENT (info));
  g_cond_broadcast (&s->changed);
  g_mutex_unlock (&s->lock);
  return GST_PAD_PROBE_OK;
}

static void
begin_peer (Scene * s, const gchar * script)
{
  gchar *json = g_strdelimit (g_strdup (script), "'", '"');
  const ProviderPeerSettings settings = {.script = json,.key = KEY };
  GError *error = NULL;

  memset (s, 0, sizeof *s);
  s->peer = provider_peer_new (&settings, &error);
  g_assert_no_error (error);
  s->stops_at = -1;
  s->rate = 16000;
  g_free (json);
}

static void
begin (Scene * s, const gchar * options)
{
  gchar *url = provider_peer_url (s->peer, "http", "/v1");
  gchar *launch = g_strdup_printf ("openairealtime url=%s "
      "api-key=env:REALTIME_KEY %s", url, options);
  GstContext *context;

  g_mutex_init (&s->lock);
  g_cond_init (&s->changed);
  s->log = g_string_new (NULL);
  s->text = g_string_new (NULL);
  s->session = gst_voice_session_new (NULL);
  context = gst_voice_session_to_context (s->session);
  s->h = gst_harness_new_parse (launch);
  s->bus = gst_bus_new ();
  gst_element_set_state (s->h->element, GST_STATE_NULL);
  gst_element_set_context (s->h->element, context);
  gst_element_set_bus (s->h->element, s->bus);
  gst_pad_add_probe (s->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      mouth, s, NULL);
  gst_element_set_state (s->h->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps (s->h, gst_caps_new_simple ("audio/x-raw",
          "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING,
          "interleaved", "channels", G_TYPE_INT, 1, "rate", G_TYPE_INT,
          s->rate, NULL));
  gst_context_unref (context);
  g_free (launch);
  g_free (url);
}

static void
end (Scene * s)
{
  gst_element_set_state (s->h->element, GST_STATE_NULL);
  gst_element_set_bus (s->h->element, NULL);
  gst_harness_teardown (s->h);
  gst_object_unref (s->bus);
  g_object_unref (s->session);
  provider_peer_free (s->peer);
  g_string_free (s->log, TRUE);
  g_string_free (s->text, TRUE);
  g_mutex_clear (&s->lock);
  g_cond_clear (&s->changed);
}

/* Timers that are due by now. */
static void
crank (Scene * s)
{
  GstTestClock *clock = gst_harness_get_testclock (s->h);
  GstClockID id;
  gboolean due = TRUE;

  while (due && gst_test_clock_peek_next_pending_id (clock, &id)) {
    due = gst_clock_id_get_time (id) <= s->now;
    gst_clock_id_unref (id);
    if (due && (id = gst_test_clock_process_next_clock_id (clock)))
      gst_clock_id_unref (id);
  }
  gst_object_unref (clock);
}

/* Timers may be set meanwhile. */
static void
wait_for (Scene * s, const gchar * what)
{
  g_mutex_lock (&s->lock);
  while (!strstr (s->log->str, what)) {
    g_cond_wait_until (&s->changed, &s->lock, g_get_monotonic_time () + 10000);
    g_mutex_unlock (&s->lock);
    crank (s);
    g_mutex_lock (&s->lock);
  }
  g_mutex_unlock (&s->lock);
}

static void
push (Scene * s, guint ms, gboolean loud)
{
  for (; ms > 0; ms -= 20) {
    gsize n = 20 * s->rate / 1000;
    gint16 *samples = g_new0 (gint16, n);
    GstBuffer *buffer;

    for (gsize i = 0; loud && i < n; i++)
      samples[i] = i / 20 % 2 ? 8000 : -8000;
    buffer = gst_buffer_new_wrapped (samples, 2 * n);
    GST_BUFFER_PTS (buffer) = s->now;
    GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
    s->now += 20 * GST_MSECOND;
    gst_harness_set_time (s->h, s->now);
    crank (s);
    gst_harness_push (s->h, buffer);
  }
}

static void
speech (Scene * s, const gchar * what)
{
  const gchar *field = g_str_has_suffix (what, "start") ? "onset" : "end";

  gst_harness_push_event (s->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", s->now, field,
              s->now, NULL)));
}

static void
say (Scene * s)
{
  push (s, 300, FALSE);
  push (s, 600, TRUE);
  push (s, 800, FALSE);
}

static void
say_by_vad (Scene * s)
{
  speech (s, "speech-start");
  push (s, 600, TRUE);
  speech (s, "speech-pause");
  push (s, 400, FALSE);
  speech (s, "speech-stop");
}

static gboolean
was_sent (Scene * s, const gchar * what)
{
  for (guint i = 0; i < provider_peer_n_messages (s->peer); i++) {
    if (strstr (g_bytes_get_data (provider_peer_message (s->peer, i)->bytes,
                NULL), what))
      return TRUE;
  }
  return FALSE;
}

static void
assert_chat (Scene * s, const gchar * what)
{
  gchar *line = chat_line (gst_voice_session_chat (s->session));

  if (!strstr (line, what))
    g_error ("the chat is %s", line);
  g_free (line);
}

static void
it_greets_and_answers (void)
{
  static const guint rates[] = { 24000, 16000, 8000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    Scene s;

    begin_peer (&s, "{'hear': ['Hello there.']}");
    s.rate = rates[i];
    begin (&s, "system-prompt=\"Be brief.\" "
        "welcome-message=\"Good morning. How are you?\"");
    wait_for (&s, "E ");
    say (&s);
    wait_for (&s, "S:reply \"You said: Hello there.\" E ");
    g_assert_cmpstr (s.log->str, ==, "S:greeting \"Good morning. How are "
        "you?\" E S:reply \"You said: Hello there.\" E ");
    /* Each word is spoken for 200 ms. */
    g_assert_cmpuint (s.bytes, ==, 9 * 48000 / 5);
    g_assert_true (was_sent (&s, "\"instructions\":\"Be brief.\""));
    g_assert_true (was_sent (&s, "\"type\":\"server_vad\""));
    g_assert_false (was_sent (&s, "item.truncate"));
    g_assert_false (was_sent (&s, "item.delete"));
    assert_chat (&s, "Good morning. How are you?");
    assert_chat (&s, "Hello there.");
    end (&s);
  }
}

static void
our_vad_finds_the_end (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['Hello there.', 'Bye.']}");
  begin (&s, "turn-detection=own");
  provider_peer_find (s.peer, "session.update", 0);
  push (&s, 1000, FALSE);
  g_assert_false (was_sent (&s, "input_audio_buffer.append"));
  say_by_vad (&s);
  push (&s, 200, FALSE);
  wait_for (&s, "S:reply \"You said: Hello there.\" E ");
  g_assert_true (was_sent (&s, "\"turn_detection\":null"));
  g_assert_true (was_sent (&s, "input_audio_buffer.commit"));
  assert_chat (&s, "Hello there.");
  end (&s);
}

/* An answer had begun already: it is forgotten, and what was said is answered
 * once. */
static void
a_caller_goes_on (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['I would like a table for', 'six people.']}");
  begin (&s, "turn-detection=own");
  provider_peer_find (s.peer, "session.update", 0);
  push (&s, 200, FALSE);
  say_by_vad (&s);
  provider_peer_find (s.peer, "response.create", 0);
  push (&s, 200, FALSE);
  say_by_vad (&s);
  provider_peer_find (s.peer, "conversation.item.delete", 0);
  push (&s, 200, FALSE);
  wait_for (&s, "S:reply \"You said: six people.\" E ");
  g_assert_cmpstr (s.log->str, ==, "S:reply \"You said: six people.\" E ");
  assert_chat (&s, "u:I would like a table for six people.");
  end (&s);
}

/* A sound without words: the service forgets what it made of it. */
static void
a_noise_is_no_turn (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['', 'Hello there.']}");
  begin (&s, "");
  provider_peer_find (s.peer, "session.update", 0);
  say (&s);
  provider_peer_find (s.peer, "conversation.item.delete", 0);
  say (&s);
  wait_for (&s, "S:reply \"You said: Hello there.\" E ");
  g_assert_cmpstr (s.log->str, ==, "S:reply \"You said: Hello there.\" E ");
  end (&s);
}

static void
tools_are_called (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['What time is it?'], 'answers': [{'when': 'time', "
      "'calls': [{'name': 'clock'}]}, {'when': 'ten', 'say': 'It is ten.'}]}");
  begin (&s, CLOCK_TOOL);
  provider_peer_find (s.peer, "session.update", 0);
  say (&s);
  wait_for (&s, "\"It is ten.\" E ");
  g_assert_true (was_sent (&s, "\"name\":\"clock\""));
  g_assert_true (was_sent (&s, "\"type\":\"function_call_output\""));
  assert_chat (&s, "half past ten");
  end (&s);
}

/* What was heard is what the service remembers. */
static void
interrupted_at (gint64 ms, const gchar * told)
{
  Scene s;

  begin_peer (&s, "{'hear': ['Count.', 'Stop.'], 'answers': [{'when': 'count', "
      "'say': 'One two three four five six seven eight nine ten.'}, "
      "{'when': 'stop', 'say': 'Very well.'}]}");
  begin (&s, "");
  provider_peer_find (s.peer, "session.update", 0);
  s.stops_at = ms;
  say (&s);
  wait_for (&s, "ten.\" E ");
  say (&s);
  wait_for (&s, "\"Very well.\" E ");
  g_assert_nonnull (strstr (s.log->str, "ten.\" E I S:reply"));
  provider_peer_find (s.peer, told, 0);
  if (ms > 0)
    assert_chat (&s, "One");
  end (&s);
}

static void
what_was_not_heard_is_forgotten (void)
{
  interrupted_at (700, "\"audio_end_ms\":700");
  interrupted_at (0, "conversation.item.delete");
}

static void
what_is_written_is_told (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['Hello there.']}");
  begin (&s, "");
  provider_peer_find (s.peer, "session.update", 0);
  gst_harness_push_event (s.h, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("typed", "text", "By hand.", "source",
              "chat", NULL)));
  wait_for (&s, "S:reply \"You said: By hand.\" E ");
  g_assert_true (was_sent (&s,
          "\"type\":\"input_text\",\"text\":\"By hand.\""));
  end (&s);
}

/* An old session is left when nobody speaks, and the new one knows all. */
static void
a_session_is_renewed (void)
{
  Scene s;

  begin_peer (&s, "{'hear': ['Hello there.', 'Good bye.']}");
  begin (&s, "renew-after=3000");
  provider_peer_find (s.peer, "session.update", 0);
  say (&s);
  wait_for (&s, "S:reply \"You said: Hello there.\" E ");
  push (&s, 4000, FALSE);
  provider_peer_request (s.peer, 1);
  provider_peer_find (s.peer, "\"type\":\"output_text\"", 0);
  g_assert_true (was_sent (&s, "\"type\":\"input_text\""));
  say (&s);
  wait_for (&s, "S:reply \"You said: Good bye.\" E ");
  end (&s);
}

static void
assert_fails (Scene * s, const gchar * code)
{
  GstMessage *message = gst_bus_timed_pop_filtered (s->bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  const GstStructure *details;
  GError *error;

  gst_message_parse_error (message, &error, NULL);
  g_assert_null (strstr (error->message, KEY));
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==, code);
  g_error_free (error);
  gst_message_unref (message);
}

static void
a_refusal_is_told (void)
{
  static const gchar *const faults[] = { "401", "403" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    Scene s;

    begin_peer (&s, "{}");
    provider_peer_add_fault (s.peer, faults[i], 0, 99, 0);
    begin (&s, QUICK);
    assert_fails (&s, "auth");
    end (&s);
  }
}

/* Wherever it breaks, the call goes on. */
static void
a_connection_is_replaced (void)
{
  static const gchar *const faults[] = {
    "refuse", "500", "429", "stall-head", "stall-body", "reset", "malformed",
    "order", "huge",
  };
  static const guint after[] = { 1, 12 };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    for (guint k = 0; k < G_N_ELEMENTS (after); k++) {
      Scene s;

      begin_peer (&s, "{'hear': ['Hello there.', 'Hello there.'], 'answers': "
          "[{'when': '', 'say': 'Good.'}]}");
      provider_peer_add_fault (s.peer, faults[i], 0, 1, after[k]);
      begin (&s, "apology=\"Sorry.\" welcome-message=\"Good morning.\"" QUICK);
      wait_for (&s, "E ");
      say (&s);
      wait_for (&s, "S:reply");
      end (&s);
    }
  }
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_setenv ("REALTIME_KEY", KEY, TRUE);
  g_test_add_func ("/openairealtime/answers", it_greets_and_answers);
  g_test_add_func ("/openairealtime/own", our_vad_finds_the_end);
  g_test_add_func ("/openairealtime/goes-on", a_caller_goes_on);
  g_test_add_func ("/openairealtime/noise", a_noise_is_no_turn);
  g_test_add_func ("/openairealtime/tools", tools_are_called);
  g_test_add_func ("/openairealtime/heard", what_was_not_heard_is_forgotten);
  g_test_add_func ("/openairealtime/written", what_is_written_is_told);
  g_test_add_func ("/openairealtime/renew", a_session_is_renewed);
  g_test_add_func ("/openairealtime/refusals", a_refusal_is_told);
  g_test_add_func ("/openairealtime/faults", a_connection_is_replaced);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
