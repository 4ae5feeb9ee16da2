/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools that ask a service: what is sent, what comes of every way in which a
 * service can fail, and that a write is sent once and its outcome never lost.
 */
#include "tool-fixture.h"

#include <gst-voice/json.h>
#include <string.h>

#define KEY "GST_VOICE_TEST_TOOL_KEY"
#define AUTHORIZATION "Bearer " SECRET

/* One that takes any arguments. */
#define HTTP(name, path) "{'name': '" name "', 'description': 'x', " \
    "'kind': 'http', 'parameters': {'type': 'object'}, 'url': 'PEER" path "'"
#define READ ", 'access': 'read'}"

#define BOOK "[" HTTP ("book", "/book") "}]"
#define LOOK "[" HTTP ("look", "/look") READ "]"

#define IN_DOUBT " It is not known whether it was done; do not simply try " \
    "again."
#define ERROR(code, message) "{'error':{'code':'" code "','message':'" \
    message "'}}"
#define CANCELLED ERROR ("cancelled", "The caller interrupted.")

#define OK_7 "{'steps': ['{\\'id\\': 7}']}"
#define HELD_7 "{'hold': true, 'steps': ['{\\'id\\': 7}']}"

static void
assert_header (Fixture * f, guint n, const gchar * name, const gchar * value)
{
  g_assert_cmpstr (sent_header (f, n, name), ==, value);
}

/* docs/tools.md shows the same. */
static void
assert_documented_body (const gchar * body)
{
  gchar **blocks = read_docs_json ();
  gboolean found = FALSE;

  for (guint i = 0; blocks[i] && !found; i++) {
    JsonNode *node = gst_voice_json_parse (blocks[i], -1, G_MAXSIZE, 64, NULL);
    gchar *text = node ? gst_voice_json_to_string (node) : NULL;

    found = g_strcmp0 (text, body) == 0;
    g_clear_pointer (&node, json_node_unref);
    g_free (text);
  }
  g_assert_true (found);
  g_strfreev (blocks);
}

/* "JSON POST", with whose call it is, and a key by which a repetition is
 * known. */
static void
posted (void)
{
  Fixture f = {.script = "{'/book': " OK_7 "}" };
  gchar *body;

  set_up (&f, "[" HTTP ("book", "/book?shop=1") ", 'headers': {"
      "'Authorization': 'env:" KEY "', 'X-Caller': 'is {{caller}}'}}]", NULL);
  gst_voice_session_set_variable (f.session, NULL, "caller", "+49");
  call (&f, "a", "book", "{'day': 'Monday', 'guests': 4}");
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a ok {'id':7}\n");
  g_assert_cmpstr (http_peer_request (f.peer, 0)->method, ==, "POST");
  g_assert_cmpstr (http_peer_request (f.peer, 0)->target, ==, "/book?shop=1");
  assert_header (&f, 0, "content-type", "application/json");
  assert_header (&f, 0, "accept", "application/json");
  assert_header (&f, 0, "authorization", AUTHORIZATION);
  assert_header (&f, 0, "x-caller", "is +49");
  assert_header (&f, 0, "idempotency-key", "call-1/a");
  body = sent_body (&f, 0);
  g_assert_cmpstr (body, ==, "{\"call_id\":\"call-1\",\"id\":\"a\",\"tool\":"
      "\"book\",\"turn\":1,\"arguments\":{\"day\":\"Monday\",\"guests\":4}}");
  assert_documented_body (body);
  g_free (body);
  expect_journal (&f,
      "call a book write {'day':'Monday','guests':4}\nresult a ok {'id':7}\n");
  tear_down (&f);
}

/* GET and DELETE have no body. */
static void
in_the_address (void)
{
  Fixture f = {.script = "{'/find': " OK_7 "}" };
  static const gchar *const methods[] = { "GET", "DELETE" };
  gchar *body;

  set_up (&f, "[" HTTP ("GET", "/find?lang=de#top") ", 'method': 'GET'" READ
      "," HTTP ("DELETE", "/find") ", 'method': 'DELETE'}]", NULL);
  call (&f, "a", "GET", "{'q': 'Zoë & co', 'n': 4, 'all': true, 'of': [1]}");
  g_free (take_up (&f, 3));
  call (&f, "b", "DELETE", "{'id': 7}");
  g_free (take_up (&f, 3));
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpstr (http_peer_request (f.peer, i)->method, ==, methods[i]);
    body = sent_body (&f, i);
    g_assert_cmpstr (body, ==, "");
    g_free (body);
  }
  g_assert_cmpstr (http_peer_request (f.peer, 0)->target, ==,
      "/find?lang=de&q=Zo%C3%AB%20%26%20co&n=4&all=true&of=%5B1%5D");
  g_assert_cmpstr (http_peer_request (f.peer, 1)->target, ==, "/find?id=7");
  tear_down (&f);
}

/* The model's names may hold anything, a header may not. */
static void
odd_names (void)
{
  Fixture f = {.script = "{'/book': " OK_7 "}" };

  set_up (&f, "[" HTTP ("book", "/book") "}," HTTP ("plain", "/book")
      ", 'idempotency': false}]", NULL);
  call (&f, "a b/ö\n", "book", "{}");
  g_free (take_up (&f, 3));
  assert_header (&f, 0, "idempotency-key", "call-1/a%20b%2F%C3%B6%0A");
  call (&f, "c", "plain", "{}");
  g_free (take_up (&f, 3));
  assert_header (&f, 1, "idempotency-key", NULL);
  tear_down (&f);
}

/* A caller's name with a line break must not become a header of its own. */
static void
no_header_is_smuggled (void)
{
  Fixture f = {.script = "{'/book': " OK_7 "}" };

  set_up (&f, "[" HTTP ("book",
          "/book") ", 'headers': {'X-Name': '{{name}}'}}]", NULL);
  gst_voice_session_set_variable (f.session, NULL, "name", "A\r\nX-Admin: 1");
  call (&f, "a", "book", "{}");
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a error "
      ERROR ("bad-request", "The service did not accept the request.") "\n");
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 0);
  tear_down (&f);
}

static void
answers (void)
{
  static const gchar *const rows[][2] = {
    {"/text", "{'text':'Nine to five.'}"},
    {"/none", "{'status':'done'}"},
    {"/unnamed", "[1,2.5,null]"},
    {"/found", "{'id':7}"},
  };
  Fixture f = {.script = "{'/text': {'headers': {'Content-Type': "
        "'text/plain; charset=utf-8'}, 'steps': ['Nine to five.']},"
        "'/none': {'status': 204},"
        "'/unnamed': {'steps': [' [1, 2.5, null] ']},"
        "'/found': {'status': 302, 'headers': {'Location': '/there'}},"
        "'/there': " OK_7 "}"
  };

  set_up (&f, "[" HTTP ("text", "/text") "}," HTTP ("none", "/none") "},"
      HTTP ("unnamed", "/unnamed") "}," HTTP ("found", "/found")
      ", 'method': 'GET'" READ "]", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gchar *name = rows[i][0] + 1;
    gchar *expected = g_strdup_printf ("busy %s %s '' -1\nidle %s goes-on\n"
        "result %s ok %s\n", name, i == 3 ? "read" : "write", name, name,
        rows[i][1]);

    call (&f, name, name, "{}");
    expect_up (&f, expected);
    g_free (expected);
  }
  tear_down (&f);
}

typedef struct
{
  const gchar *path, *code, *message, *fault;
  gboolean doubt;
} Failure;

#define MURKY "The answer of the service was too long or could not be " \
    "understood."

static const Failure failures[] = {
  {"/garbage", "bad-response", MURKY, "HOST did not answer in an HTTP that we "
        "understand: check the address and the port", TRUE},
  {"/html", "bad-response", MURKY, "the answer is not JSON, nor is it called "
        "text/plain", TRUE},
  {"/half", "bad-response", MURKY, "the answer is not JSON, nor is it called "
        "text/plain", TRUE},
  {"/10-mb", "bad-response", MURKY, "HOST sent more than the 1048576 bytes "
        "that are allowed: ask for less", TRUE},
  {"/moved", "bad-response", MURKY, "HOST answered 307 Temporary Redirect: "
        "redirections are not followed here, use the final address", TRUE},
  {"/closed", "disconnected", "The connection to the service failed.",
        "HOST closed the connection before the answer was complete: try again",
      TRUE},
  {"/500", "server", "The service failed.",
      "HOST answered 500 Internal Server Error: try again later", TRUE},
  {"/401", "auth", "The service refuses our key.",
      "HOST answered 401 Unauthorized: check the key", FALSE},
  {"/404", "unsupported", "No such table.", "HOST answered 404 Not Found: "
        "check the address and the names in the request", FALSE},
  {"/409", "bad-request", "Fully booked.", "HOST answered 409 Conflict: it did "
        "not like the request, its answer may say why", FALSE},
  {"/429", "rate-limited", "The service is asked too often at the moment.",
      "HOST answered 429 Too Many Requests: try again later", FALSE},
};

#define FAILING "{'/garbage': {'status': 0, 'steps': [{'raw': " \
    "'SSH-2.0-x\\r\\n\\r\\n'}, {'close': true}]}," \
    "'/html': {'headers': {'Content-Type': 'text/html'}," \
    " 'steps': ['<p>Hello.</p>']}," \
    "'/half': {'steps': ['{\\'id\\': ']}," \
    "'/10-mb': {'steps': [{'fill': 10485760}]}," \
    "'/moved': {'status': 307, 'headers': {'Location': '/half'}}," \
    "'/closed': {'status': 0, 'steps': [{'close': true}]}," \
    "'/401': {'status': 401, 'steps': ['no']}," \
    "'/404': {'status': 404, 'steps': [" \
    "'{\\'error\\': \\'No such table.\\'}']}," \
    "'/409': {'status': 409, 'steps': ['{\\'error\\': {\\'code\\': 3," \
    " \\'message\\': \\'Fully booked.\\'}}']}," \
    "'/429': {'status': 429}," \
    "'/500': {'status': 500, 'steps': ['{\\'error\\': \\'at line 7\\'}']}}"

/* In its table, unless the service has its own words. */
static void
assert_documented (const Failure * row)
{
  gchar *docs = read_docs ();
  gchar *line = g_strdup_printf ("| `%s` | %s |\n", row->code, row->message);

  if (!strstr (docs, line) && !strstr (FAILING, row->message))
    g_error ("docs/tools.md must have %s", line);
  g_free (line);
  g_free (docs);
}

/* "tool server replying garbage or 10 MB must give a clear message": one to the
 * model, one to those who run it. */
static void
failing_service (gconstpointer data)
{
  const Failure *row = data;
  Fixture f = {.script = FAILING };
  gchar *tools = g_strdup_printf ("[" HTTP ("book", "%s") "}]", row->path);
  gchar *error = g_strdup_printf (ERROR ("%s", "%s%s"), row->code,
      row->message, row->doubt ? IN_DOUBT : "");
  gchar *up = g_strdup_printf ("busy a write '' -1\nidle a goes-on\n"
      "result a error %s\n", error);
  gchar *journal = g_strdup_printf ("call a book write {}\n"
      "fault %s tool 'book': %s\nresult a error %s\n", row->code, row->fault,
      error);
  GstMessage *warning;

  set_up (&f, tools, NULL);
  call (&f, "a", "book", "{}");
  expect_up (&f, up);
  expect_journal (&f, journal);
  warning = gst_bus_pop_filtered (f.bus, GST_MESSAGE_WARNING);
  g_assert_nonnull (warning);
  gst_message_unref (warning);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  assert_documented (row);
  tear_down (&f);
  g_free (journal);
  g_free (up);
  g_free (error);
  g_free (tools);
}

/* Nothing was sent, so nothing is in doubt. */
static void
refused (void)
{
  guint16 port;
  GSocket *socket = http_peer_refusing (&port);
  gchar *tools = g_strdup_printf ("[{'name': 'book', 'description': 'x', "
      "'kind': 'http', 'url': 'http://127.0.0.1:%u/'}]", port);
  gchar *journal = g_strdup_printf ("call a book write {}\n"
      "fault disconnected tool 'book': 127.0.0.1:%u refused the connection: "
      "check the address and the port and that the service runs\n"
      "result a error " ERROR ("disconnected",
          "The service could not be reached.") "\n", port);
  Fixture f = { 0 };

  set_up (&f, tools, NULL);
  call (&f, "a", "book", "{}");
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a error "
      ERROR ("disconnected", "The service could not be reached.") "\n");
  expect_journal (&f, journal);
  tear_down (&f);
  g_free (journal);
  g_free (tools);
  g_object_unref (socket);
}

/* After 20 s by the pipeline's clock the model is told, and the connection of a
 * read is closed. */
static void
hanging_read (void)
{
  Fixture f = {.script = "{'/look': " HELD_7 "}" };

  set_up (&f, LOOK, NULL);
  call (&f, "a", "look", "{}");
  http_peer_wait_gate (f.peer, "/look");
  crank_to (&f, 20000);
  expect_up (&f, "busy a read '' -1\nidle a goes-on\nresult a timeout "
      ERROR ("timeout", "The tool did not answer in time.") "\n");
  http_peer_wait_open (f.peer, 0);
  tear_down (&f);
}

/* A write goes on, and what became of it is in the journal. */
static void
hanging_write (void)
{
  Fixture f = {.script = "{'/book': " HELD_7 "}" };

  set_up (&f, BOOK, NULL);
  call (&f, "a", "book", "{}");
  http_peer_wait_gate (f.peer, "/book");
  crank_to (&f, 20000);
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a timeout "
      ERROR ("timeout", "The tool did not answer in time." IN_DOUBT) "\n");
  http_peer_release (f.peer, "/book");
  wait_journal (&f, 3);
  expect_journal (&f, "call a book write {}\nresult a timeout "
      ERROR ("timeout", "The tool did not answer in time." IN_DOUBT) "\n"
      "result a late {'id':7}\n");
  tear_down (&f);
}

#define FLAKY "[{'status': 0, 'steps': [{'close': true}]}, " OK_7 "]"

/* A read is sent once more, under the same key, and not for ever; /closed above
 * has a write. */
static void
repeated_read (void)
{
  Fixture f = {.script = "{'/look': " FLAKY ", '/gone': {'status': 0, 'steps': "
        "[{'close': true}]}}"
  };

  set_up (&f, "[" HTTP ("look", "/look") READ "," HTTP ("gone", "/gone") READ
      "]", NULL);
  call (&f, "a", "look", "{}");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\nresult a ok {'id':7}\n");
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 2);
  assert_header (&f, 0, "idempotency-key", "call-1/a");
  assert_header (&f, 1, "idempotency-key", "call-1/a");
  call (&f, "b", "gone", "{}");
  expect_up (&f, "busy b read '' -1\nidle b goes-on\nresult b error "
      ERROR ("disconnected", "The connection to the service failed.") "\n");
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 4);
  tear_down (&f);
}

/* A service that repeats our key does not bring it into the record. */
static void
secret_comes_back (void)
{
  Fixture f = {.script = "{'/echo': {'steps': ['{\\'you sent\\': \\'"
        AUTHORIZATION "\\'}']}, '/no': {'status': 403, 'steps': ["
        "'{\\'error\\': \\'" AUTHORIZATION " is not valid.\\'}']}}"
  };

  set_up (&f, "[" HTTP ("echo", "/echo") ", 'headers': {'Authorization': "
      "'env:" KEY "'}}," HTTP ("no", "/no") ", 'headers': {'Authorization': "
      "'env:" KEY "'}}]", NULL);
  call (&f, "a", "echo", "{}");
  expect_up (&f, "busy a write '' -1\nidle a goes-on\n"
      "result a ok {'you sent':'***'}\n");
  call (&f, "b", "no", "{}");
  expect_up (&f, "busy b write '' -1\nidle b goes-on\nresult b error "
      ERROR ("auth", "*** is not valid.") "\n");
  expect_journal (&f, "call a echo write {}\nresult a ok {'you sent':'***'}\n"
      "call b no write {}\nfault auth tool 'no': HOST answered 403 Forbidden: "
      "check the key\nresult b error " ERROR ("auth", "*** is not valid.")
      "\n");
  tear_down (&f);
}

/* Both are on their way before either is answered. */
static void
parallel (void)
{
  Fixture f = {.script = "{'/book': " HELD_7 ", '/look': " HELD_7 "}" };

  set_up (&f, "[" HTTP ("book", "/book") "}," HTTP ("look", "/look") READ "]",
      NULL);
  call_of (&f, 1, 1, 2, "a", "book", "{}");
  call_of (&f, 1, 1, 2, "b", "look", "{}");
  http_peer_wait_gate (f.peer, "/book");
  http_peer_wait_gate (f.peer, "/look");
  http_peer_release (f.peer, "/look");
  expect_up (&f, "busy a write '' -1\nbusy b read '' -1\nidle b\n"
      "result b ok {'id':7}\n");
  http_peer_release (f.peer, "/book");
  expect_up (&f, "idle a goes-on\nresult a ok {'id':7}\n");
  tear_down (&f);
}

/* "an interruption cancels reads" */
static void
interrupted_read (void)
{
  Fixture f = {.script = "{'/look': " HELD_7 "}" };

  set_up (&f, LOOK, NULL);
  call (&f, "a", "look", "{}");
  http_peer_wait_gate (f.peer, "/look");
  interrupt (&f, 1);
  expect_up (&f, "busy a read '' -1\nidle a\nresult a cancelled " CANCELLED
      "\n");
  http_peer_wait_open (f.peer, 0);
  tear_down (&f);
}

/* "and lets writes finish" */
static void
interrupted_write (void)
{
  Fixture f = {.script = "{'/book': " HELD_7 "}" };

  set_up (&f, BOOK, NULL);
  call (&f, "a", "book", "{}");
  http_peer_wait_gate (f.peer, "/book");
  interrupt (&f, 1);
  http_peer_release (f.peer, "/book");
  expect_up (&f, "busy a write '' -1\nidle a\nresult a ok {'id':7}\n");
  expect_journal (&f, "call a book write {}\nresult a ok {'id':7}\n");
  tear_down (&f);
}

/* The phone call is over, the element is gone: the last line of the journal
 * waits for the outcome of the write. */
static void
hung_up_while_a_write_runs (void)
{
  Fixture f = {.script = "{'/book': " HELD_7 ", '/look': " HELD_7 "}" };

  set_up (&f, "[" HTTP ("book", "/book") "}," HTTP ("look", "/look") READ "]",
      NULL);
  call (&f, "a", "book", "{}");
  call (&f, "b", "look", "{}");
  expect_up (&f, "busy a write '' -1\nbusy b read '' -1\n");
  http_peer_wait_gate (f.peer, "/book");
  gst_voice_session_end (f.session, f.element, "completed");
  stop (&f);
  g_assert_false (gst_voice_session_wait (f.session, 0));
  http_peer_release (f.peer, "/book");
  g_assert_true (gst_voice_session_wait (f.session, PATIENCE * GST_USECOND));
  expect_journal (&f, "call a book write {}\ncall b look read {}\n"
      "result b cancelled " ERROR ("cancelled", "The call has ended.") "\n"
      "result a ok {'id':7}\nsession-ended\n");
  tear_down (&f);
}

/* Not even a read is sent before the turn counts. */
static void
proposed (void)
{
  Fixture f = {.script = "{'/look': " OK_7 "}" };

  set_up (&f, LOOK, NULL);
  propose (&f, 2, "a", "look", "{}");
  withdraw (&f, 2);
  expect_up (&f, "result a cancelled " CANCELLED "\n");
  propose (&f, 3, "b", "look", "{}");
  commit (&f, 3);
  expect_up (&f, "busy b read '' -1\nidle b goes-on\nresult b ok {'id':7}\n");
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  assert_header (&f, 0, "idempotency-key", "call-1/b");
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_setenv (KEY, AUTHORIZATION, TRUE);
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-http/posted", posted);
  g_test_add_func ("/tool-http/address", in_the_address);
  g_test_add_func ("/tool-http/names", odd_names);
  g_test_add_func ("/tool-http/smuggled", no_header_is_smuggled);
  g_test_add_func ("/tool-http/answers", answers);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++) {
    gchar *path = g_strconcat ("/tool-http/fails", failures[i].path, NULL);

    g_test_add_data_func (path, &failures[i], failing_service);
    g_free (path);
  }
  g_test_add_func ("/tool-http/fails/refused", refused);
  g_test_add_func ("/tool-http/hangs/read", hanging_read);
  g_test_add_func ("/tool-http/hangs/write", hanging_write);
  g_test_add_func ("/tool-http/repeated", repeated_read);
  g_test_add_func ("/tool-http/secret", secret_comes_back);
  g_test_add_func ("/tool-http/parallel", parallel);
  g_test_add_func ("/tool-http/interrupt/read", interrupted_read);
  g_test_add_func ("/tool-http/interrupt/write", interrupted_write);
  g_test_add_func ("/tool-http/hangup", hung_up_while_a_write_runs);
  g_test_add_func ("/tool-http/proposed", proposed);
  return tool_test_run ();
}
