/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Links over HTTP: what is told, in which order and thread; ends; back-
 * pressure; and that nothing comes once a link was closed.
 */
#include "http-harness.h"
#include "link-scene.h"

#include <string.h>

#define SSE "'headers': {'Content-Type': 'text/event-stream; charset=utf-8'," \
    " 'X-Request-Id': 'r-7'}"

static const gchar script[] = "{"
    "'/events': {" SSE ", 'steps': ['data: one\\n\\nev', {'gate': true},"
    "  'ent: x\\ndata: two\\n\\n', 'data: [DONE]\\n\\n']},"
    "'/pieces': {'headers': {'Content-Type': 'audio/pcm'},"
    "  'steps': ['one', {'gate': true}, 'two']},"
    "'/stall': {" SSE ", 'steps': ['data: one\\n\\n', {'hang': true}]},"
    "'/hang': {'status': 0, 'steps': [{'hang': true}]},"
    "'/reset': {" SSE ", 'steps': ['data: one\\n\\n', {'gate': true},"
    "  {'reset': true}]},"
    "'/long': {" SSE ", 'steps': ['data: 1\\n\\ndata: LONG', {'hang': true}]},"
    "'/big': {'steps': [{'fill': 20971520}]},"
    "'/204': {'status': 204},"
    "'/429': {'status': 429, 'headers': {'Retry-After': '7',"
    "  'apim-request-id': 'r-9'}, 'steps': ['{\\u0022a\\u0022: 1}']},"
    "'/500': {'status': 500, 'steps': [{'fill': 100000}]},"
    "'/301': {'status': 301, 'headers': {'Location': '/events'}}}";

typedef struct
{
  World w;
  LinkScene s;
} Test;

static void
begin (Test * t)
{
  GString *json = g_string_new (script);
  gchar *text = g_strnfill (1024 * 1024, 'x');

  g_string_replace (json, "'", "\"", 0);
  g_string_replace (json, "LONG", text, 0);
  world_begin_with (&t->w, json->str, NULL);
  link_scene_begin (&t->s);
  g_string_free (json, TRUE);
  g_free (text);
}

static void
end (Test * t)
{
  if (t->s.error) {
    g_assert_null (strstr (t->s.error->message, SECRET));
    g_assert_null (strstr (t->s.error->message, "/key"));
  }
  link_scene_end (&t->s);
  world_end (&t->w);
}

static GstVoiceLink *
to (Test * t, const gchar * path)
{
  gchar *base = http_peer_url (t->w.peer, path);
  gchar *url = g_strconcat (base, "?key=" SECRET, NULL);
  GstVoiceLink *link = gst_voice_link_new_http (t->s.stage, "POST", url);
  GBytes *body = g_bytes_new_static ("{\"key\": \"" SECRET "\"}", 19);

  gst_voice_link_set_header (link, "Authorization", "Bearer " SECRET);
  gst_voice_link_set_body (link, body, "application/json");
  g_bytes_unref (body);
  g_free (base);
  g_free (url);
  return link;
}

static void
open_at (Test * t, const gchar * path)
{
  link_scene_open (&t->s, to (t, path));
}

static void
events_are_told_in_order (void)
{
  Test t;
  const HttpPeerRequest *request;

  begin (&t);
  open_at (&t, "/events");
  link_scene_wait_told (&t.s, ":one");
  g_assert_cmpuint (gst_voice_link_first_byte_after (t.s.link), !=,
      GST_CLOCK_TIME_NONE);
  http_peer_release (t.w.peer, "/events");
  link_scene_wait_over (&t.s);
  assert_told (&t.s, "open :one x:two :[DONE] end");
  g_assert_no_error (t.s.error);
  g_assert_cmpuint (t.s.status, ==, 200);
  g_assert_cmpstr (t.s.request_id, ==, "r-7");
  g_assert_true (t.s.received);

  request = http_peer_request (t.w.peer, 0);
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Bearer " SECRET);
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "accept-encoding"),
      ==, "identity");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "content-type"), ==,
      "application/json");
  end (&t);
}

static void
pieces_are_told_as_they_come (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/pieces");
  link_scene_wait_told (&t.s, "[one]");
  http_peer_release (t.w.peer, "/pieces");
  link_scene_wait_over (&t.s);
  assert_told (&t.s, "open [one] [two] end");
  g_assert_no_error (t.s.error);
  end (&t);
}

static void
an_empty_answer_is_one (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/204");
  link_scene_wait_over (&t.s);
  assert_told (&t.s, "open end");
  g_assert_no_error (t.s.error);
  g_assert_cmpuint (gst_voice_link_first_byte_after (t.s.link), ==,
      GST_CLOCK_TIME_NONE);
  end (&t);
}

static void
a_refusal_is_told_with_all_it_says (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/429");
  assert_ended_with (&t.s, GST_VOICE_ERROR_RATE_LIMITED);
  assert_told (&t.s, "end");
  g_assert_cmpuint (t.s.status, ==, 429);
  g_assert_cmpstr (t.s.body, ==, "{\"a\": 1}");
  g_assert_cmpstr (t.s.request_id, ==, "r-9");
  g_assert_cmpint (t.s.retry_after, ==, 7000);
  g_assert_false (t.s.received);
  end (&t);

  begin (&t);
  open_at (&t, "/500");
  assert_ended_with (&t.s, GST_VOICE_ERROR_SERVER);
  g_assert_cmpint (g_utf8_strlen (t.s.body, -1), ==, 8192);
  end (&t);

  begin (&t);
  open_at (&t, "/301");
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
  end (&t);
}

static void
deadlines_pass (void)
{
  static const struct
  {
    const gchar *path;
    GstVoiceLinkDeadlines deadlines;
    GstVoiceError code;
    gboolean received;
  } rows[] = {
    {"/hang", {PATIENCE_MS, SHORT_MS, 0, 0},
        GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT, FALSE},
    {"/stall", {PATIENCE_MS, PATIENCE_MS, SHORT_MS, 0},
        GST_VOICE_ERROR_STALLED, TRUE},
    {"/stall", {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, SHORT_MS},
        GST_VOICE_ERROR_STALLED, TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t;
    GstVoiceLink *link;

    begin (&t);
    link = to (&t, rows[i].path);
    gst_voice_link_set_deadlines (link, &rows[i].deadlines);
    link_scene_open (&t.s, link);
    assert_ended_with (&t.s, rows[i].code);
    /* The total may pass, on a busy machine, before anything has come. */
    if (rows[i].deadlines.total == 0)
      g_assert_cmpint (t.s.received, ==, rows[i].received);
    end (&t);
  }
}

static void
a_reset_is_told (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/reset");
  link_scene_wait_told (&t.s, ":one");
  http_peer_release (t.w.peer, "/reset");
  assert_ended_with (&t.s, GST_VOICE_ERROR_DISCONNECTED);
  assert_told (&t.s, "open :one end");
  g_assert_true (t.s.received);
  end (&t);
}

static void
a_long_event_ends_it (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/long");
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
  assert_told (&t.s, "open :1 end");
  http_peer_wait_open (t.w.peer, 0);
  end (&t);
}

static void
close_it (LinkScene * s)
{
  g_clear_pointer (&s->link, gst_voice_link_close);
}

static void
nothing_is_told_once_it_was_closed (void)
{
  static const gchar *const moments[] = { "open", ":one" };
  Test t;

  for (guint i = 0; i < G_N_ELEMENTS (moments); i++) {
    begin (&t);
    t.s.close_at = moments[i];
    open_at (&t, "/events");
    link_scene_wait_told (&t.s, moments[i]);
    http_peer_wait_open (t.w.peer, 0);
    assert_told (&t.s, i == 0 ? "open" : "open :one");
    end (&t);
  }
  begin (&t);
  open_at (&t, "/hang");
  http_peer_request (t.w.peer, 0);
  link_scene_do (&t.s, close_it);
  http_peer_wait_open (t.w.peer, 0);
  assert_told (&t.s, "");
  end (&t);
}

static void
it_may_be_closed_at_once (void)
{
  Test t;

  begin (&t);
  t.s.link = to (&t, "/events");
  link_scene_do (&t.s, close_it);
  open_at (&t, "/hang");
  link_scene_do (&t.s, close_it);
  assert_told (&t.s, "");
  end (&t);
}

static void
a_stage_that_stops_is_told_nothing (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/stall");
  link_scene_wait_told (&t.s, ":one");
  gst_element_set_state (t.s.pipeline, GST_STATE_NULL);
  end (&t);
}

/* The stage is busy; the provider is not. */
static void
a_fast_provider_is_held_back (void)
{
  Test t;

  begin (&t);
  t.s.block_at_first = TRUE;
  open_at (&t, "/big");
  link_scene_wait_blocked (&t.s);
  http_peer_wait_full (t.w.peer);
  g_assert_cmpuint (http_peer_sent (t.w.peer), <, TEN_MB);
  link_scene_go_on (&t.s);
  link_scene_wait_over (&t.s);
  g_assert_no_error (t.s.error);
  g_assert_cmpuint (t.s.bytes, ==, 2 * TEN_MB);
  end (&t);
}

static void
pause_it (LinkScene * s)
{
  gst_voice_link_pause (s->link, TRUE);
}

static void
resume_it (LinkScene * s)
{
  gst_voice_link_pause (s->link, FALSE);
}

static void
it_can_be_paused (void)
{
  Test t;

  begin (&t);
  open_at (&t, "/events");
  link_scene_wait_told (&t.s, ":one");
  link_scene_do (&t.s, pause_it);
  http_peer_release (t.w.peer, "/events");
  link_scene_do (&t.s, resume_it);
  link_scene_wait_over (&t.s);
  assert_told (&t.s, "open :one x:two :[DONE] end");
  end (&t);

  begin (&t);
  t.s.block_at_first = TRUE;
  open_at (&t, "/big");
  link_scene_wait_blocked (&t.s);
  pause_it (&t.s);
  link_scene_go_on (&t.s);
  http_peer_wait_full (t.w.peer);
  g_assert_cmpuint (http_peer_sent (t.w.peer), <, TEN_MB);
  link_scene_do (&t.s, resume_it);
  link_scene_wait_over (&t.s);
  g_assert_cmpuint (t.s.bytes, ==, 2 * TEN_MB);
  end (&t);
}

static void
without_a_network_it_ends (void)
{
  LinkScene s;

  link_scene_begin (&s);
  link_scene_open (&s, gst_voice_link_new_http (s.stage, "GET",
          "http://127.0.0.1:1/"));
  assert_ended_with (&s, GST_VOICE_ERROR_INTERNAL);
  link_scene_end (&s);
}

static void
what_cannot_be_sent_ends_it (void)
{
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/events");
  gst_voice_link_set_header (link, "X-Key", "two\nlines");
  link_scene_open (&t.s, link);
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_REQUEST);
  end (&t);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  http_test_init (&argc, &argv);
  g_test_add_func ("/link-http/events", events_are_told_in_order);
  g_test_add_func ("/link-http/pieces", pieces_are_told_as_they_come);
  g_test_add_func ("/link-http/empty", an_empty_answer_is_one);
  g_test_add_func ("/link-http/refusal", a_refusal_is_told_with_all_it_says);
  g_test_add_func ("/link-http/deadlines", deadlines_pass);
  g_test_add_func ("/link-http/reset", a_reset_is_told);
  g_test_add_func ("/link-http/long-event", a_long_event_ends_it);
  g_test_add_func ("/link-http/closed", nothing_is_told_once_it_was_closed);
  g_test_add_func ("/link-http/closed-at-once", it_may_be_closed_at_once);
  g_test_add_func ("/link-http/stage-stops",
      a_stage_that_stops_is_told_nothing);
  g_test_add_func ("/link-http/held-back", a_fast_provider_is_held_back);
  g_test_add_func ("/link-http/paused", it_can_be_paused);
  g_test_add_func ("/link-http/no-network", without_a_network_it_ends);
  g_test_add_func ("/link-http/bad-header", what_cannot_be_sent_ends_it);
  result = http_test_run ();
  gst_deinit ();
  return result;
}
