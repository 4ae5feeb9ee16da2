/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `gst-voice check --online` says of services that are well, and of those
 * that are not.
 */
#include "command.h"
#include "http-peer.h"
#include "provider-peer.h"

#include <string.h>

#define KEY "Zx81hush"
#define PERSONA "{\"name\": \"x\", \"pipeline\": \"x.launch\", " \
  "\"language\": \"en-GB\"}"

static ProviderPeer *
new_peer (const ProviderPeerSettings * settings)
{
  GError *error = NULL;
  ProviderPeer *peer = provider_peer_new (settings, &error);

  g_assert_no_error (error);
  return peer;
}

/* @more: properties of both elements */
static void
write_files (Command * self, const gchar * url, const gchar * more)
{
  gchar *text = g_strdup_printf ("tee name=caller ! vad ! "
      "deepgramstt url=%s %s ! turn ! openaillm url=%s/v1 %s ! "
      "speakable ! flitetts ! playout ! tee name=agent", url, more, url, more);

  command_write (self, "x.json", PERSONA);
  command_write (self, "x.launch", text);
  g_free (text);
}

static void
check (Command * self, const gchar * key, const gchar * file)
{
  GSubprocessLauncher *launcher = command_launcher (self);
  gchar *line = g_strconcat ("check --online ", file, NULL);

  g_subprocess_launcher_unsetenv (launcher, "OPENAI_API_KEY");
  g_subprocess_launcher_unsetenv (launcher, "DEEPGRAM_API_KEY");
  if (key)
    g_subprocess_launcher_setenv (launcher, "CHECK_KEY", key, TRUE);
  command_end (self, command_start (self, launcher, line));
  g_assert_null (strstr (self->out, KEY));
  g_assert_null (strstr (self->err, KEY));
  /* No terminal, no progress. */
  g_assert_cmpstr (self->err, ==, "");
  g_free (line);
}

static void
check_peer (Command * self, ProviderPeer * peer, const gchar * more,
    const gchar * key)
{
  gchar *url = provider_peer_url (peer, "http", "");

  write_files (self, url, more);
  check (self, key, "x.json");
  g_free (url);
}

/* What is said of a row stands below it. */
static gchar *
join_texts (const gchar * out)
{
  GString *joined = g_string_new (out);

  g_string_replace (joined, "\n    ", " ", 0);
  return g_string_free (joined, FALSE);
}

/* The cells of the row of @element, one space between them, and its text */
static void
expect_row (Command * self, gint status, const gchar * element,
    const gchar * cells)
{
  gchar *joined = join_texts (self->out);
  gchar **rows = g_strsplit (joined, "\n", -1);
  gchar **lines = g_strsplit (self->out, "\n", -1);
  GRegex *spaces = g_regex_new (" +", 0, 0, NULL);
  GRegex *times = g_regex_new (" [0-9]+ ms", 0, 0, NULL);
  gchar *row = NULL;

  g_assert_cmpint (self->status, ==, status);
  for (guint i = 0; lines[i]; i++)
    g_assert_cmpuint (strlen (lines[i]), <=, 80);
  for (guint i = 0; rows[i] && !row; i++) {
    if (g_str_has_prefix (rows[i], element)) {
      gchar *one = g_regex_replace_literal (spaces, rows[i], -1, 0, " ", 0,
          NULL);

      row = g_regex_replace_literal (times, one, -1, 0, " N ms", 0, NULL);
      g_free (one);
    }
  }
  if (!row || !strstr (row, cells))
    g_error ("no '%s' in:\n%s", cells, self->out);
  g_free (row);
  g_regex_unref (times);
  g_regex_unref (spaces);
  g_strfreev (lines);
  g_strfreev (rows);
  g_free (joined);
}

static void
all_is_well (Command * self, gconstpointer unused)
{
  const ProviderPeerSettings settings = {.key = KEY };
  ProviderPeer *peer = new_peer (&settings);
  gchar *row, *url = provider_peer_url (peer, "http", "");

  check_peer (self, peer, "api-key=env:CHECK_KEY", KEY);
  row = g_strdup_printf ("deepgram@%s yes yes N ms", url + strlen ("http://"));
  expect_row (self, 0, "deepgramstt0", row);
  expect_row (self, 0, "openaillm0", " yes yes N ms");
  g_assert_true (g_str_has_prefix (self->out, "element "));
  g_assert_cmpuint (provider_peer_n_requests (peer), ==, 2);
  check (self, KEY, "x.launch");
  expect_row (self, 0, "openaillm0", " yes yes N ms");
  check (self, KEY, "x.launch x.json");
  g_assert_true (g_str_has_prefix (self->out, "x.launch\nelement "));
  g_assert_nonnull (strstr (self->out, "\n\nx.json\nelement "));
  g_free (row);
  g_free (url);
  provider_peer_free (peer);
}

static void
keys_that_are_wrong (Command * self, gconstpointer unused)
{
  const ProviderPeerSettings settings = {.key = "another" };
  ProviderPeer *peer = new_peer (&settings);

  check_peer (self, peer, "api-key=env:CHECK_KEY", KEY);
  expect_row (self, 1, "deepgramstt0", " yes no N ms ");
  expect_row (self, 1, "openaillm0", "401 Unauthorized: check the key");
  /* A service of one's own may do without. */
  check_peer (self, peer, "", NULL);
  expect_row (self, 1, "openaillm0", "401 Unauthorized: check the key");
  check_peer (self, peer, "api-key=env:CHECK_KEY", NULL);
  expect_row (self, 1, "openaillm0", " - no - ");
  command_expect (self, 1, "CHECK_KEY");
  provider_peer_free (peer);
  command_write (self, "x.launch", "deepgramstt ! turn ! openaillm ! fakesink");
  check (self, NULL, "x.json");
  expect_row (self, 1, "deepgramstt0", "deepgram - no - deepgramstt has no "
      "key: set the environment variable DEEPGRAM_API_KEY");
  expect_row (self, 1, "openaillm0", "openai - no - ");
}

static void
keys_that_are_given (Command * self, gconstpointer unused)
{
  command_write (self, "x.launch", "openaillm api-key=" KEY " ! fakesink");
  check (self, NULL, "x.launch");
  expect_row (self, 1, "openaillm0", "openai - no - the api-key of openaillm "
      "is a key and was not taken");
}

/* In the order in which they are written. */
static void
who_stands_in_is_asked_too (Command * self, gconstpointer unused)
{
  const ProviderPeerSettings settings = {.key = KEY };
  ProviderPeer *peer = new_peer (&settings);
  gchar *url = provider_peer_url (peer, "http", "/v1");
  gchar *text = g_strdup_printf ("turn ! f.sink fallback.( name=f "
      "openaillm name=first url=http://127.0.0.1:1 "
      "openaillm name=second url=%s api-key=env:CHECK_KEY ) "
      "f.src ! fakesink", url);

  command_write (self, "x.launch", text);
  check (self, KEY, "x.launch");
  expect_row (self, 1, "first", " no ? - ");
  expect_row (self, 1, "second", " yes yes N ms");
  g_assert_true (strstr (self->out, "first ") < strstr (self->out,
          "\nsecond "));
  g_free (text);
  g_free (url);
  provider_peer_free (peer);
}

static void
services_that_are_ill (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *fault, *cells;
    gint status;
  } rows[] = {
    {"stall-head", " yes ? - ", 1},
    {"refuse", " ? - ", 1},
    {"403", " yes ? N ms it answered 403: ", 1},
    {"429", " yes yes N ms ", 1},
    {"500", " yes ? N ms ", 1},
    {"stall-body", " yes yes N ms", 0},
    {"slow", " yes yes N ms", 0},
  };
  const ProviderPeerSettings settings = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    ProviderPeer *peer = new_peer (&settings);

    g_test_message ("%s", rows[i].fault);
    provider_peer_add_fault (peer, rows[i].fault, 1, 0, 0);
    check_peer (self, peer, "api-key=env:CHECK_KEY first-byte-timeout=300",
        KEY);
    expect_row (self, rows[i].status, "deepgramstt0", rows[i].cells);
    expect_row (self, rows[i].status, "openaillm0", rows[i].cells);
    provider_peer_free (peer);
  }
}

static void
nobody_is_there (Command * self, gconstpointer unused)
{
  write_files (self, "http://127.0.0.1:1", "");
  check (self, NULL, "x.json");
  expect_row (self, 1, "deepgramstt0", "deepgram@127.0.0.1:1 no ? - "
      "127.0.0.1:1 refused the connection: check the address and the port");
}

/* As servers that are made for one thing do. */
static void
a_server_without_the_path (Command * self, gconstpointer unused)
{
  HttpPeer *peer = http_peer_new ("{}", NULL, 0, NULL);
  gchar *url = http_peer_url (peer, "");

  write_files (self, url, "");
  check (self, NULL, "x.json");
  expect_row (self, 0, "deepgramstt0", " yes ? N ms it answered 404 ");
  expect_row (self, 0, "openaillm0", " yes ? N ms it answered 404 ");
  http_peer_free (peer);
  g_free (url);
}

/* What `tools/dev run --with-standins` plays, and its script. */
static void
the_main_job_with_standins (Command * self, gconstpointer unused)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "tests",
      "data", "standins", "standins.talk.json", NULL);
  GSubprocessLauncher *launcher = command_launcher (self);
  ProviderPeerSettings settings = {.key = KEY };
  GError *error = NULL;
  ProviderPeer *peer;
  gchar *script, *url;

  g_file_get_contents (path, &script, NULL, &error);
  g_assert_no_error (error);
  settings.script = script;
  peer = new_peer (&settings);
  url = provider_peer_url (peer, "http", "");
  g_subprocess_launcher_setenv (launcher, "STANDINS_URL", url, TRUE);
  g_subprocess_launcher_setenv (launcher, "STANDINS_KEY", KEY, TRUE);
  command_end (self, command_start (self, launcher,
          "check --online ${DATA}/standins/standins.json"));
  expect_row (self, 0, "deepgramstt0", " yes yes N ms");
  expect_row (self, 0, "openaillm0", " yes yes N ms");
  provider_peer_free (peer);
  g_free (url);
  g_free (script);
  g_free (path);
}

static void
nobody_to_ask (Command * self, gconstpointer unused)
{
  command_write (self, "x.launch", "vad ! fakesink");
  check (self, NULL, "x.launch");
  command_expect (self, 0, "x.launch: no element of it talks to a service");
  command_write (self, "x.launch", "vadd ! fakesink");
  check (self, NULL, "x.launch");
  command_expect (self, 1, "x.launch:1: ");
  command_write (self, "x.json", "{}");
  check (self, NULL, "x.json");
  command_expect (self, 1, "x.json:1: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/check-online/well", all_is_well);
  command_add ("/check-online/keys", keys_that_are_wrong);
  command_add ("/check-online/keys/given", keys_that_are_given);
  command_add ("/check-online/fallback", who_stands_in_is_asked_too);
  command_add ("/check-online/ill", services_that_are_ill);
  command_add ("/check-online/nobody", nobody_is_there);
  command_add ("/check-online/without-path", a_server_without_the_path);
  command_add ("/check-online/main-job", the_main_job_with_standins);
  command_add ("/check-online/nobody-to-ask", nobody_to_ask);
  return g_test_run ();
}
