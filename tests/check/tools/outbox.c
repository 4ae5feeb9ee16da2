/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice outbox`, and what `gst-voice run` puts into it and sends.
 */
#include "command.h"

#include <http-peer.h>
#include <signal.h>
#include <string.h>

#define CALL "run echo --simulate --caller silence "

static HttpPeer *
peer_new (const gchar * script)
{
  GError *error = NULL;
  HttpPeer *peer = http_peer_new (script, NULL, 0, &error);

  g_assert_no_error (error);
  return peer;
}

static void
call (Command * self, HttpPeer * peer, const gchar * options)
{
  gchar *url = http_peer_url (peer, "/hook");
  gchar *line = g_strconcat (CALL "--webhook ", url, options, NULL);

  command_run (self, line);
  g_free (line);
  g_free (url);
}

static void
a_delivered_call (Command * self, gconstpointer unused)
{
  HttpPeer *peer = peer_new ("{\"/hook\": {\"status\": 200, \"steps\": "
      "[\"ok\"]}}");
  const HttpPeerRequest *request;
  gchar *body;

  command_write (self, "secret", "hush\n");
  call (self, peer, " --webhook-secret file:secret");
  command_expect (self, 10, "ended: inactivity");
  g_assert_cmpstr (self->err, ==, "");
  request = http_peer_request (peer, 0);
  g_assert_nonnull (g_hash_table_lookup (request->headers,
          "x-gst-voice-signature"));
  body = g_strndup (g_bytes_get_data (request->body, NULL),
      g_bytes_get_size (request->body));
  command_run (self, "outbox list");
  command_expect (self, 0, "  delivered  ");
  command_run (self, "outbox list --json");
  command_expect (self, 0, g_hash_table_lookup (request->headers,
          "idempotency-key"));
  command_run (self, "calls export last --format conversation");
  g_assert_cmpstr (self->out, ==, body);
  command_run (self, "outbox list --state waiting");
  command_expect_error (self, 0, "the outbox is empty");
  g_free (body);
  http_peer_free (peer);
}

static void
a_refused_call (Command * self, gconstpointer unused)
{
  HttpPeer *peer = peer_new ("{\"/hook\": [{\"status\": 400, \"steps\": "
      "[\"no\"]}, {\"status\": 400, \"steps\": [\"no\"]}, {\"status\": 200, "
      "\"steps\": [\"ok\"]}]}");
  gchar *id, *line;

  call (self, peer, "");
  command_expect_error (self, 10, "not yet delivered: http://127.0.0.1");
  command_run (self, "outbox list --state dead");
  command_expect (self, 0, "  dead       ");
  id = g_strndup (strchr (self->out, '\n') + 1, 8);
  line = g_strconcat ("outbox show ", id, NULL);
  command_run (self, line);
  command_expect (self, 0, "Status    400\n");
  command_expect (self, 0, "\"document\": \"conversation\"");
  g_free (line);
  line = g_strconcat ("outbox replay ", id, NULL);
  command_run (self, line);
  command_expect (self, 1, "  dead: ");
  command_run (self, "outbox replay --dead");
  command_expect (self, 0, "  delivered\n");
  g_free (line);
  line = g_strconcat ("outbox drop ", id, NULL);
  command_run (self, line);
  command_expect (self, 0, "");
  command_run (self, "outbox list --json");
  command_expect (self, 0, "[]\n");
  g_free (line);
  g_free (id);
  http_peer_free (peer);
}

/* Told by the persona, which counts more, and taken up by the next call. */
static void
a_persona (Command * self, gconstpointer unused)
{
  HttpPeer *peer = peer_new ("{\"/hook\": {\"status\": 200, \"steps\": "
      "[\"ok\"]}}");
  guint16 port;
  GSocket *socket = http_peer_refusing (&port);
  gchar *text = g_strdup_printf ("{\"name\": \"p\", \"pipeline\": "
      "\"echo.launch\", \"delivery\": {\"webhook\": \"http://127.0.0.1:%u/\"}}",
      port);

  command_write (self, "p.json", text);
  command_run (self, "check p.json");
  command_expect (self, 0, "");
  command_run (self, "run p.json --simulate --caller silence --webhook "
      "https://other.example/");
  command_expect_error (self, 10, "not yet delivered: ");
  command_run (self, "outbox list");
  command_expect (self, 0, "  waiting  ");
  g_object_unref (socket);
  http_peer_free (peer);
  g_free (text);
}

/* By the rules of the persona, of a call that crashes too. */
static void
an_outcome (Command * self, gconstpointer unused)
{
  GSubprocess *process;

  command_run (self, "run clinic --simulate --caller silence");
  command_expect (self, 10, "ended: inactivity");
  command_run (self, "calls export last --format conversation");
  command_expect (self, 0, "\"by\": \"rules\"");
  command_expect (self, 0, "\"outcome\": \"Failed\"");
  command_write (self, "a.caller",
      "at 0 say \"what are your opening hours\"\nsilence 30\n");
  process = command_start (self, NULL, "run clinic --caller a.caller --json");
  g_free (command_read_until (g_subprocess_get_stdout_pipe (process),
          "\"type\":\"turn\""));
  g_subprocess_send_signal (process, SIGKILL);
  command_end (self, process);
  command_run (self, "calls export last --format conversation");
  command_expect (self, 0, "\"reason\": \"crashed\"");
  command_expect (self, 0, "\"outcome\": \"Failed\"");
}

static void
wrong_command_lines (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *line;
    const gchar *text;
  } rows[] = {
    {"outbox frob", "`outbox` has no verb 'frob'"},
    {"outbox lst", "did you mean 'list'?"},
    {"outbox list x", "no document is named here"},
    {"outbox list --state lost", "there is no state 'lost'"},
    {"outbox list --dead", "--dead"},
    {"outbox show", "which document?"},
    {"outbox show a b", "one document at a time"},
    {"outbox replay", "Or --dead"},
    {"outbox drop", "which document?"},
    {CALL "--webhook nowhere", "a webhook is an address"},
    {CALL "--webhook https://a.example/ --webhook-secret hush",
        "is named, not told"},
    {CALL "--webhook-secret env:X", "signs nothing"},
    {CALL "--webhook https://a.example/ --db none", "needs a database"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_run (self, rows[i].line);
    command_expect_error (self, 2, rows[i].text);
    g_assert_cmpstr (self->out, ==, "");
  }
  command_run (self, CALL);
  command_run (self, "outbox show nonsense");
  command_expect_error (self, 1, "there is no document 'nonsense'");
  command_run (self, "outbox --help");
  command_expect (self, 0, "  replay   ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/outbox/delivered", a_delivered_call);
  command_add ("/outbox/refused", a_refused_call);
  command_add ("/outbox/persona", a_persona);
  command_add ("/outbox/outcome", an_outcome);
  command_add ("/outbox/command-line", wrong_command_lines);
  return g_test_run ();
}
