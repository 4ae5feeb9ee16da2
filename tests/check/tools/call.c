/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call whose tools answer with whatever a server can do: the call goes on,
 * the caller hears a sentence, and the record says what happened.
 */
#include "command.h"

#include "http-peer.h"

#include <string.h>

#define ANSWERS "{ \"/garbage\": {\"status\": 200, \"headers\": " \
  "{\"Content-Type\": \"application/json\"}, \"steps\": [\"<no json\"]}, " \
  "\"/much\": {\"status\": 200, \"steps\": [{\"fill\": 10485760}]}, " \
  "\"/hang\": {\"hold\": true}, " \
  "\"/ok\": {\"status\": 200, \"headers\": {\"Content-Type\": " \
  "\"application/json\"}, \"steps\": [\"{\\\"a\\\": 1}\"]} }"

#define LAUNCH "tee name=caller ! vad ! pocketsphinxstt grammar=x.gram ! " \
  "turn ! scriptllm script=x.script.json ! toolcall ! speakable ! flitetts ! " \
  "playout ! tee name=agent"

static const gchar *const names[] = { "garbage", "much", "hang", "refused",
  "ok"
};

static void
write_persona (Command * self, HttpPeer * peer, guint16 refusing)
{
  GString *tools = g_string_new ("{\"name\": \"x\", \"pipeline\": \"x.launch\","
      " \"tools\": [");
  GString *calls =
      g_string_new ("{\"always\": [{\"match\": \"*\", \"call\": [");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gboolean refused = strcmp (names[i], "refused") == 0;

    g_string_append_printf (tools, "%s{\"name\": \"%s\", \"kind\": \"http\", "
        "\"access\": \"read\", \"timeout\": 1, \"filler\": \"\", "
        "\"description\": \"x\", \"headers\": {\"Authorization\": "
        "\"env:GST_VOICE_TEST_KEY\"}, \"url\": \"http://127.0.0.1:%u/%s\"}",
        i ? ", " : "", names[i], refused ? refusing : http_peer_port (peer),
        names[i]);
    g_string_append_printf (calls, "%s{\"name\": \"%s\"}", i ? ", " : "",
        names[i]);
  }
  g_string_append (tools, "]}");
  g_string_append (calls, "], \"then\": {\"say\": \"That is done.\"}}], "
      "\"failed\": {\"say\": \"That did not work.\"}}");
  command_write (self, "x.json", tools->str);
  command_write (self, "x.script.json", calls->str);
  command_write (self, "x.launch", LAUNCH);
  command_write (self, "x.gram", "#JSGF V1.0;\ngrammar x;\n"
      "public <x> = what are your opening hours;\n");
  command_write (self, "x.caller", "at 0 say \"what are your opening hours\"\n"
      "after agent end\n");
  g_string_free (tools, TRUE);
  g_string_free (calls, TRUE);
}

static void
expect_outcome (Command * self, const gchar * name, const gchar * outcome)
{
  gchar *start = g_strdup_printf ("\"type\":\"tool-result\",\"id\":\"");
  gchar *named = g_strdup_printf ("\"name\":\"%s\"", name);
  gchar *result = g_strdup_printf ("\"outcome\":\"%s\"", outcome);
  gchar **lines = g_strsplit (self->out, "\n", -1);
  gboolean found = FALSE;

  for (gchar ** line = lines; *line; line++)
    found = found || (strstr (*line, start) && strstr (*line, named)
        && strstr (*line, result));
  if (!found)
    g_error ("%s is not %s in:\n%s\n%s", name, outcome, self->out, self->err);
  g_strfreev (lines);
  g_free (result);
  g_free (named);
  g_free (start);
}

static void
tool_servers (Command * self, gconstpointer unused)
{
  GSubprocessLauncher *launcher = command_launcher (self);
  GError *error = NULL;
  HttpPeer *peer = http_peer_new (ANSWERS, NULL, 0, &error);
  guint16 port;
  GSocket *refusing = http_peer_refusing (&port);

  g_assert_no_error (error);
  write_persona (self, peer, port);
  g_subprocess_launcher_setenv (launcher, "GST_VOICE_TEST_KEY", "Zx81hush",
      TRUE);
  command_end (self, command_start (self, launcher,
          "run x.json --caller x.caller --json"));
  command_expect (self, 0, "That did not work.");
  expect_outcome (self, "garbage", "error");
  expect_outcome (self, "much", "error");
  expect_outcome (self, "hang", "timeout");
  expect_outcome (self, "refused", "error");
  expect_outcome (self, "ok", "ok");
  /* A key is nowhere. */
  g_assert_null (strstr (self->out, "Zx81hush"));
  g_assert_null (strstr (self->err, "Zx81hush"));
  command_run (self, "calls show last");
  command_expect (self, 0, "refused");
  g_assert_null (strstr (self->out, "Zx81hush"));
  g_object_unref (refusing);
  http_peer_free (peer);
}

/* A tool that writes is not left alone: what came of it is in the record. */
static void
a_tool_at_the_end (Command * self, gconstpointer unused)
{
  GError *error = NULL;
  HttpPeer *peer =
      http_peer_new ("{\"/book\": {\"status\": 200, \"hold\": true, "
      "\"headers\": {\"Content-Type\": \"application/json\"}, \"steps\": "
      "[\"{\\\"booked\\\": true}\"]}}", NULL, 0, &error);
  gchar *url, *persona, **lines;
  GSubprocess *call;
  guint n;

  g_assert_no_error (error);
  url = http_peer_url (peer, "/book");
  write_persona (self, peer, 1);
  persona = g_strdup_printf ("{\"name\": \"x\", \"pipeline\": \"x.launch\", "
      "\"tools\": [{\"name\": \"book\", \"kind\": \"http\", \"description\": "
      "\"x\", \"filler\": \"\", \"url\": \"%s\"}]}", url);
  command_write (self, "x.json", persona);
  command_write (self, "x.script.json", "{\"always\": [{\"match\": \"*\", "
      "\"call\": {\"name\": \"book\"}, \"then\": {\"say\": \"Done.\"}}]}");
  command_write (self, "x.caller", "at 0 say \"what are your opening hours\"\n"
      "at 8 hangup\n");
  command_run (self, "check x.json x.script.json x.caller");
  command_expect (self, 0, "ok");
  call = command_start (self, NULL, "run x.json --caller x.caller --json");
  http_peer_wait_gate (peer, "/book");
  g_free (command_read_until (g_subprocess_get_stderr_pipe (call),
          "a tool still runs; its result is waited for"));
  http_peer_release (peer, "/book");
  command_end (self, call);
  command_expect (self, 0, "\"json\":{\"booked\":true}");
  lines = g_strsplit (self->out, "\n", -1);
  n = g_strv_length (lines);
  g_assert_cmpuint (n, >, 2);
  g_assert_nonnull (strstr (lines[n - 2], "\"type\":\"session-ended\""));
  command_run (self, "calls show last");
  command_expect (self, 0, "disconnected");
  g_strfreev (lines);
  g_free (persona);
  g_free (url);
  http_peer_free (peer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/call/tool-servers", tool_servers);
  command_add ("/call/tool-at-the-end", a_tool_at_the_end);
  return g_test_run ();
}
