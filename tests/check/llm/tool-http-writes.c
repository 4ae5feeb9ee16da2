/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes whose answer is lost, at every point where it can be: what was done is
 * not done again, the service is asked first, and each attempt has its line.
 */
#include "tool-fixture.h"

#include <string.h>

#define KEY "GST_VOICE_TEST_TOOL_KEY"

#define TOOL "{'name': 'book', 'description': 'x', 'kind': 'http', " \
    "'parameters': {'type': 'object'}, 'url': 'PEER/book'"
#define PLAIN "[" TOOL "}]"
#define ASKS "[" TOOL ", 'status-url': 'PEER/status/{{key}}'}]"

#define IN_DOUBT "It is not known whether it was done; do not simply try again."
#define ERROR(code, message) "{'error':{'code':'" code "','message':'" \
    message "'}}"
#define UNKNOWN ERROR ("unknown-outcome", IN_DOUBT)
#define BEFORE ERROR ("unknown-outcome", "The same was tried before, and it " \
    "is not known whether it was done. It was not tried again. Tell the " \
    "caller.")

#define CLOSED "{'status': 0, 'steps': [{'close': true}]}"
#define OK_7 "{'steps': ['{\\'id\\': 7}']}"
#define STATUS "/status/call-1%2Fa"
#define DONE "{'steps': ['{\\'status\\': \\'done\\', \\'result\\': " \
    "{\\'id\\': 7}}']}"
#define NOT_DONE "{'steps': ['{\\'status\\': \\'not-done\\'}']}"

/* How many requests of a method came, and under which keys. */
static guint
count (Fixture * f, const gchar * method, const gchar * key)
{
  guint n = 0;

  for (guint i = 0; i < http_peer_n_requests (f->peer); i++) {
    if (strcmp (http_peer_request (f->peer, i)->method, method) != 0)
      continue;
    g_assert_cmpstr (sent_header (f, i, "idempotency-key"), ==, key);
    n++;
  }
  return n;
}

static void
expect_result (Fixture * f, const gchar * id, const gchar * outcome,
    const gchar * json)
{
  gchar *up = g_strdup_printf ("busy %s write '' -1\nidle %s goes-on\n"
      "result %s %s %s\n", id, id, id, outcome, json);

  expect_up (f, up);
  g_free (up);
}

typedef struct
{
  const gchar *name, *reply, *code;
} Loss;

/* The request has arrived in all of them. */
static const Loss losses[] = {
  {"closed", CLOSED, "disconnected"},
  {"reset", "{'status': 0, 'steps': [{'reset': true}]}", "disconnected"},
  {"cut", "{'steps': ['{\\'id\\'', {'reset': true}]}", "disconnected"},
  {"failed", "{'status': 503, 'steps': ['x']}", "server"},
  {"garbled", "{'steps': ['<html>']}", "bad-response"},
};

static gchar *
script_of (const Loss * loss, const gchar * status)
{
  return g_strdup_printf ("{'/book': [%s, " OK_7 "], '%s': %s}", loss->reply,
      STATUS, status);
}

/* The service has done it: nothing is sent again. */
static void
lost_and_done (gconstpointer data)
{
  const Loss *loss = data;
  gchar *script = script_of (loss, DONE);
  gchar *journal = g_strdup_printf ("call a book write {}\nrequest a call-1/a 1"
      " unknown %s\nstatus a call-1/a 1 done \nresult a ok {'id':7}\n",
      loss->code);
  Fixture f = {.ledger = TRUE,.script = script };

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{}");
  expect_result (&f, "a", "ok", "{'id':7}");
  expect_journal (&f, journal);
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 1);
  g_assert_cmpuint (count (&f, "GET", "call-1/a"), ==, 1);
  tear_down (&f);
  g_free (journal);
  g_free (script);
}

/* It has not: it is sent again, under the same key, which is on the disk
 * before. */
static void
lost_and_not_done (gconstpointer data)
{
  const Loss *loss = data;
  gchar *script = script_of (loss, NOT_DONE);
  gchar *journal = g_strdup_printf ("call a book write {}\nrequest a call-1/a 1"
      " unknown %s\nstatus a call-1/a 1 not-done \n"
      "request a call-1/a 2 begun \nrequest a call-1/a 2 done \n"
      "result a ok {'id':7}\n", loss->code);
  Fixture f = {.ledger = TRUE,.script = script };

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{}");
  expect_result (&f, "a", "ok", "{'id':7}");
  expect_journal (&f, journal);
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 2);
  tear_down (&f);
  g_free (journal);
  g_free (script);
}

/* It does not know: nothing is sent. When the model tries again the service is
 * asked again, about the first. */
static void
lost_and_unknown (gconstpointer data)
{
  const Loss *loss = data;
  gchar *script = script_of (loss, "[{'status': 500, 'steps': ['x']}, " DONE
      "]");
  Fixture f = {.script = script };

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{'day': 1, 'room': 2}");
  expect_result (&f, "a", "error", UNKNOWN);
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 1);
  call (&f, "b", "book", "{'room': 2, 'day': 1.0}");
  expect_result (&f, "b", "ok", "{'id':7}");
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 1);
  g_assert_cmpuint (count (&f, "GET", "call-1/a"), ==, 2);
  tear_down (&f);
  g_free (script);
}

/* Without an address to ask at, the same is not tried a second time in this
 * phone call; something else is. */
static void
lost_for_good (gconstpointer data)
{
  const Loss *loss = data;
  gchar *script = script_of (loss, DONE);
  Fixture f = {.script = script };
  gchar *up;

  set_up (&f, PLAIN, NULL);
  call (&f, "a", "book", "{'day': 1}");
  up = take_up (&f, 3);
  g_assert_nonnull (strstr (up, IN_DOUBT));
  g_free (up);
  call (&f, "b", "book", "{'day': 1}");
  expect_result (&f, "b", "error", BEFORE);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  call (&f, "c", "book", "{'day': 2}");
  expect_result (&f, "c", "ok", "{'id':7}");
  call (&f, "d", "book", "{'day': 1}");
  expect_result (&f, "d", "error", BEFORE);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 2);
  tear_down (&f);
  g_free (script);
}

/* A service that keeps keys may be asked for retries. */
static void
lost_and_repeated (gconstpointer data)
{
  const Loss *loss = data;
  gchar *script = script_of (loss, DONE);
  Fixture f = {.script = script };

  set_up (&f, "[" TOOL ", 'retry': 1}]", NULL);
  call (&f, "a", "book", "{}");
  expect_result (&f, "a", "ok", "{'id':7}");
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 2);
  tear_down (&f);
  g_free (script);
}

/* As often as it says; a refusal of the last does not settle the first. */
static void
retries_end (void)
{
  Fixture f = {.script = "{'/book': [" CLOSED ", {'status': 409, 'steps': "
        "['{\\'error\\': \\'No.\\'}']}, " CLOSED "]}"
  };

  set_up (&f, "[" TOOL ", 'retry': 1}]", NULL);
  call (&f, "a", "book", "{}");
  expect_result (&f, "a", "error", ERROR ("bad-request", "No. " IN_DOUBT));
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 2);
  tear_down (&f);
}

/* What a service refuses was not done, and may be tried again. */
static void
refusal_is_known (void)
{
  Fixture f = {.ledger = TRUE,.script = "{'/book': [{'status': 409, 'steps': "
        "['{\\'error\\': \\'Full.\\'}']}, " OK_7 "]}"
  };

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{}");
  expect_result (&f, "a", "error", ERROR ("bad-request", "Full."));
  call (&f, "b", "book", "{}");
  expect_result (&f, "b", "ok", "{'id':7}");
  g_assert_cmpstr (sent_header (&f, 1, "idempotency-key"), ==, "call-1/b");
  tear_down (&f);
}

/* The model was told that time is out, and calls again: the first is still
 * under way. When its outcome is known, the way is free. */
static void
again_while_it_runs (void)
{
  Fixture f = {.script = "{'/book': [{'hold': true, 'steps': ['{\\'id\\': 7}']"
        "}, " OK_7 "]}"
  };
  gchar *up;

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{}");
  http_peer_wait_gate (f.peer, "/book");
  crank_to (&f, 20000);
  up = take_up (&f, 3);
  g_assert_nonnull (strstr (up, "result a timeout"));
  g_free (up);
  call (&f, "b", "book", "{}");
  expect_result (&f, "b", "error", ERROR ("running", "The same is being done "
          "already, so it was not begun again. Wait for its result."));
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  http_peer_release (f.peer, "/book");
  wait_journal (&f, 5);
  call (&f, "c", "book", "{}");
  expect_result (&f, "c", "ok", "{'id':7}");
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 2);
  tear_down (&f);
}

/* After the time is out the outcome is asked for, but nothing is tried that
 * nobody waits for. */
static void
not_after_the_timeout (void)
{
  Fixture f = {.ledger = TRUE,.script = "{'/book': {'hold': true, 'status': "
        "503, 'steps': ['x']}, '" STATUS "': " NOT_DONE "}"
  };
  gchar *up;

  set_up (&f, ASKS, NULL);
  call (&f, "a", "book", "{}");
  http_peer_wait_gate (f.peer, "/book");
  crank_to (&f, 20000);
  up = take_up (&f, 3);
  g_free (up);
  http_peer_release (f.peer, "/book");
  wait_journal (&f, 5);
  expect_journal (&f, "call a book write {}\nresult a timeout "
      ERROR ("timeout", "The tool did not answer in time. " IN_DOUBT) "\n"
      "request a call-1/a 1 unknown server\nstatus a call-1/a 1 not-done \n"
      "result a late " ERROR ("not-done", "The service failed, and it was not "
          "done.") "\n");
  g_assert_cmpuint (count (&f, "POST", "call-1/a"), ==, 1);
  tear_down (&f);
}

/* What a caller says stays within its place. */
static void
address (void)
{
  Fixture f = {.script = "{'/v/a%2Fb%3F': " OK_7 "}" };
  const gchar *bad = ERROR ("invalid-arguments", "An argument that is a part of"
      " the address is empty or has only dots.");

  set_up (&f, "[{'name': 'drop', 'description': 'x', 'kind': 'http', "
      "'parameters': {'type': 'object'}, 'method': 'DELETE', "
      "'url': 'PEER/v/${id}?by={{caller}}'}]", NULL);
  gst_voice_session_set_variable (f.session, NULL, "caller", "+4&9");
  call (&f, "a", "drop", "{'id': 'a/b?', 'x': '{{caller}}'}");
  expect_result (&f, "a", "ok", "{'id':7}");
  g_assert_cmpstr (http_peer_request (f.peer, 0)->target, ==,
      "/v/a%2Fb%3F?by=%2B4%269&x=%7B%7Bcaller%7D%7D");
  call (&f, "b", "drop", "{'id': '..'}");
  expect_result (&f, "b", "invalid", bad);
  call (&f, "c", "drop", "{}");
  expect_result (&f, "c", "invalid", bad);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  tear_down (&f);
}

/* Computed as docs/tools.md tells a receiver to. */
static void
assert_signed (Fixture * f, guint n, const gchar * header)
{
  const HttpPeerRequest *request = http_peer_request (f->peer, n);
  const gchar *value = sent_header (f, n, header);
  gchar *body = sent_body (f, n), *text, *expected;
  gint64 at;

  g_assert_nonnull (value);
  g_assert_true (g_str_has_prefix (value, "t="));
  at = g_ascii_strtoll (value + 2, NULL, 10);
  g_assert_cmpint (ABS (g_get_real_time () / G_USEC_PER_SEC - at), <=, 300);
  text = g_strdup_printf ("%" G_GINT64_FORMAT ".%s.%s.%s", at, request->method,
      request->target, body ? body : "");
  expected = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *)
      SECRET, strlen (SECRET), text, -1);
  g_assert_cmpstr (strstr (value, ",v1=") + 4, ==, expected);
  g_free (expected);
  g_free (text);
  g_free (body);
}

/* The request, the question and the second try; and without a body. */
static void
signatures (void)
{
  Fixture f = {.script = "{'/book': [" CLOSED ", {'steps': ['{\\'you\\': \\'"
        SECRET "\\'}']}], '" STATUS "': " NOT_DONE ", '/': " OK_7 "}"
  };

  set_up (&f, "[" TOOL ", 'status-url': 'PEER/status/{{key}}', 'sign': "
      "{'secret': 'env:" KEY "'}}, {'name': 'look', 'description': 'x', "
      "'kind': 'http', 'parameters': {'type': 'object'}, 'method': 'GET', "
      "'url': 'PEER?a=b#c', 'sign': {'secret': 'env:" KEY "', 'header': "
      "'X-Mine'}}]", NULL);
  call (&f, "a", "book", "{'day': 'Monday'}");
  expect_result (&f, "a", "ok", "{'you':'***'}");
  for (guint i = 0; i < 3; i++)
    assert_signed (&f, i, "x-signature");
  call (&f, "b", "look", "{'day': 'x y'}");
  expect_result (&f, "b", "ok", "{'id':7}");
  g_assert_cmpstr (http_peer_request (f.peer, 3)->target, ==,
      "/?a=b&day=x%20y");
  assert_signed (&f, 3, "x-mine");
  tear_down (&f);
}

static void
add (const gchar * name, const Loss * loss, GTestDataFunc func)
{
  gchar *path = g_strdup_printf ("/tool-http-writes/%s/%s", name, loss->name);

  g_test_add_data_func (path, loss, func);
  g_free (path);
}

int
main (int argc, char **argv)
{
  g_setenv (KEY, SECRET, TRUE);
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (losses); i++) {
    add ("done", &losses[i], lost_and_done);
    add ("not-done", &losses[i], lost_and_not_done);
    add ("unknown", &losses[i], lost_and_unknown);
    add ("for-good", &losses[i], lost_for_good);
    add ("repeated", &losses[i], lost_and_repeated);
  }
  g_test_add_func ("/tool-http-writes/retries", retries_end);
  g_test_add_func ("/tool-http-writes/refused", refusal_is_known);
  g_test_add_func ("/tool-http-writes/running", again_while_it_runs);
  g_test_add_func ("/tool-http-writes/late", not_after_the_timeout);
  g_test_add_func ("/tool-http-writes/address", address);
  g_test_add_func ("/tool-http-writes/signed", signatures);
  return tool_test_run ();
}
