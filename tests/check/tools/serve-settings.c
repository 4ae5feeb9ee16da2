/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line of `gst-voice serve`, and what is said of each fault.
 */
#include "../lib/http-harness.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <serve-settings.h>
#include <string.h>

static gboolean
read_line (ServeSettings * settings, const gchar * line, GError ** error)
{
  gchar **words, **argv;
  gboolean ok;
  gint argc;

  memset (settings, 0, sizeof *settings);
  g_assert_true (g_shell_parse_argv (line, &argc, &words, NULL));
  argv = g_memdup2 (words, (argc + 1) * sizeof *words);
  ok = serve_settings_parse (settings, &argc, &argv, error)
      && serve_settings_complete (settings, error);
  g_free (argv);
  g_strfreev (words);
  return ok;
}

static void
expect_fault (const gchar * line, const gchar * text)
{
  ServeSettings settings;
  GError *error = NULL;

  g_assert_false (read_line (&settings, line, &error));
  if (!strstr (error->message, text))
    g_error ("no '%s' in %s", text, error->message);
  g_assert_null (strstr (error->message, "geheim"));
  g_error_free (error);
  serve_settings_clear (&settings);
}

static void
defaults (void)
{
  ServeSettings settings;
  GError *error = NULL;

  g_assert_true (read_line (&settings, "serve ./a.json ./b.json", &error));
  g_assert_no_error (error);
  g_assert_true (settings.loopback);
  g_assert_cmpuint (settings.port, ==, 8080);
  g_assert_null (settings.token);
  g_assert_null (settings.certificate);
  g_assert_cmpuint (settings.max_calls, ==, 8);
  g_assert_cmpstr (settings.personas[1], ==, "./b.json");
  serve_settings_clear (&settings);
}

/* Where others can connect there is a token, always. */
static void
addresses (void)
{
  static const struct
  {
    const gchar *listen;
    gboolean loopback;
    guint port;
  } rows[] = {
    {"localhost:0", TRUE, 0},
    {"127.0.0.1:1", TRUE, 1},
    {"[::1]:1", TRUE, 1},
    {":8443", FALSE, 8443},
    {"0.0.0.0:1", FALSE, 1},
    {"192.0.2.1:1", FALSE, 1},
    {"[::]:1", FALSE, 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *line = g_strdup_printf ("serve ./a.json --listen %s",
        rows[i].listen);
    ServeSettings settings;

    g_assert_true (read_line (&settings, line, NULL));
    g_assert_cmpint (settings.loopback, ==, rows[i].loopback);
    g_assert_cmpuint (settings.port, ==, rows[i].port);
    g_assert_cmpint (settings.token != NULL, ==, !rows[i].loopback);
    serve_settings_clear (&settings);
    g_free (line);
  }
}

static void
all (void)
{
  ServeSettings settings;

  g_assert_true (read_line (&settings, "serve ./a.json -l :1 --token "
          "0123456789abcdef -m 3 --ports 5000-5010 --stun stun:host:99 "
          "--db none --log json --log-level error", NULL));
  g_assert_cmpstr (settings.token, ==, "0123456789abcdef");
  g_assert_cmpuint (settings.max_calls, ==, 3);
  g_assert_cmpuint (settings.min_port, ==, 5000);
  g_assert_cmpuint (settings.max_port, ==, 5010);
  g_assert_cmpstr (settings.stun_server, ==, "stun:host:99");
  g_assert_cmpstr (settings.db, ==, "none");
  g_assert_cmpint (settings.log, ==, LOG_JSON);
  g_assert_cmpint (settings.level, ==, LOG_LEVEL_ERROR);
  serve_settings_clear (&settings);
}

static void
faults (void)
{
  expect_fault ("serve", "which persona");
  expect_fault ("serve ./a.json --listen 8080", "HOST:PORT");
  expect_fault ("serve ./a.json --listen name:80", "HOST:PORT");
  expect_fault ("serve ./a.json --listen :70000", "HOST:PORT");
  expect_fault ("serve ./a.json --tls-cert x", "go together");
  expect_fault ("serve ./a.json --tls-key x", "go together");
  expect_fault ("serve ./a.json --tls-cert /none --tls-key /none", "/none");
  expect_fault ("serve ./a.json --token geheim", "at least 16");
  expect_fault ("serve ./a.json --token 'geheim geheim geheim'", "letters");
  expect_fault ("serve ./a.json --token env:GST_VOICE_NO_SUCH",
      "GST_VOICE_NO_SUCH");
  expect_fault ("serve ./a.json --max-calls 0", "1 to 1000");
  expect_fault ("serve ./a.json --ports 5", "LOWEST-HIGHEST");
  expect_fault ("serve ./a.json --ports 9-5", "LOWEST-HIGHEST");
  expect_fault ("serve ./a.json --stun turn:host", "stun:HOST");
  expect_fault ("serve ./a.json --log loud", "text or json");
  expect_fault ("serve no-such-persona", "neither a file");
  expect_fault ("serve ./a.json x/a.json", "two personas");
}

int
main (int argc, char **argv)
{
  gint status;

  http_test_init (&argc, &argv);
  gst_init (&argc, &argv);
  g_test_add_func ("/serve-settings/defaults", defaults);
  g_test_add_func ("/serve-settings/addresses", addresses);
  g_test_add_func ("/serve-settings/all", all);
  g_test_add_func ("/serve-settings/faults", faults);
  status = http_test_run ();
  gst_deinit ();
  return status;
}
