/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line and environment of a worker, and what is said of each
 * fault: which it is, what to do, and no secret.
 */
#include "fixture.h"

#include <gst/gst.h>
#include <string.h>
#include <worker-settings.h>

static const gchar *const variables[] = { "LIVEKIT_URL", "LIVEKIT_API_KEY",
  "LIVEKIT_API_SECRET", "LIVEKIT_AGENT_NAME"
};

static void
set_environment (const gchar * url, const gchar * key, const gchar * secret,
    const gchar * name)
{
  const gchar *values[] = { url, key, secret, name };

  for (guint i = 0; i < G_N_ELEMENTS (variables); i++) {
    if (values[i])
      g_setenv (variables[i], values[i], TRUE);
    else
      g_unsetenv (variables[i]);
  }
}

static gboolean
read_line (WorkerSettings * settings, const gchar * line, GError ** error)
{
  gchar **words, **argv;
  gboolean ok;
  gint argc;

  memset (settings, 0, sizeof *settings);
  g_assert_true (g_shell_parse_argv (line, &argc, &words, NULL));
  argv = g_memdup2 (words, (argc + 1) * sizeof *words);
  ok = worker_settings_parse (settings, &argc, &argv, error)
      && worker_settings_complete (settings, error);
  g_free (argv);
  g_strfreev (words);
  return ok;
}

static void
expect_fault (const gchar * line, const gchar * text)
{
  WorkerSettings settings;
  GError *error = NULL;

  g_assert_false (read_line (&settings, line, &error));
  if (!strstr (error->message, text))
    g_error ("no '%s' in %s", text, error->message);
  g_assert_null (strstr (error->message, "geheim"));
  g_error_free (error);
  worker_settings_clear (&settings);
}

static void
defaults (void)
{
  WorkerSettings settings;
  GError *error = NULL;

  set_environment ("ws://h", "k", "s", NULL);
  g_assert_true (read_line (&settings, "worker --persona p.json", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (settings.url, ==, "ws://h");
  g_assert_cmpstr (settings.key, ==, "k");
  g_assert_cmpstr (settings.secret, ==, "s");
  g_assert_null (settings.agent_name);
  g_assert_true (g_str_has_prefix (settings.name, "worker-"));
  g_assert_true (settings.room && !settings.publisher);
  g_assert_cmpfloat (settings.load_limit, ==, 0.7);
  g_assert_cmpuint (settings.max_calls, ==, 0);
  g_assert_cmpuint (settings.drain_timeout, ==, 3600);
  g_assert_cmpuint (settings.max_retry, ==, 16);
  worker_settings_clear (&settings);
}

static void
webhooks (void)
{
  static const gchar *const wrong[] = {
    "worker --persona p.json --webhook nowhere",
    "worker --persona p.json --webhook https://a/ --webhook-secret hush",
    "worker --persona p.json --webhook-secret env:HOOK",
    "worker --persona p.json --webhook https://a/ --db none",
  };
  WorkerSettings settings;
  GError *error = NULL;

  set_environment ("ws://h", "k", "s", NULL);
  g_assert_true (read_line (&settings, "worker --persona p.json --webhook "
          "https://a/ --webhook-secret env:HOOK", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (settings.delivery.webhook, ==, "https://a/");
  g_assert_cmpstr (settings.delivery.secret, ==, "env:HOOK");
  worker_settings_clear (&settings);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_false (read_line (&settings, wrong[i], &error));
    g_assert_nonnull (strstr (error->message, "--webhook"));
    g_assert_null (strstr (error->message, "hush"));
    g_clear_error (&error);
    worker_settings_clear (&settings);
  }
}

static void
everything (void)
{
  gchar *dir = fixture_dir ();
  gchar *secret = g_build_filename (dir, "secret", NULL);
  gchar *rules = g_build_filename (dir, "rules", NULL);
  gchar *spec = g_strconcat ("file:", secret, NULL);
  gchar *line = g_strdup_printf ("worker --rules %s --url wss://x "
      "--agent-name 'an agent/' --job both --load-limit 0.5 --max-calls 9 "
      "--db none --http off --drain-timeout 60 --max-retry 0 --log json "
      "--log-level debug --memory-limit 64", rules);
  WorkerSettings settings;
  GError *error = NULL;

  g_assert_true (g_file_set_contents (secret, "geheim\n", -1, NULL));
  g_assert_true (g_file_set_contents (rules,
          "[{\"persona\": \"p.json\"}]", -1, NULL));
  set_environment ("ws://h", "k", spec, "other");
  g_assert_true (read_line (&settings, line, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (settings.url, ==, "wss://x");
  g_assert_cmpstr (settings.secret, ==, "geheim");
  g_assert_cmpuint (g_strv_length (settings.personas), ==, 1);
  g_assert_true (g_str_has_suffix (settings.personas[0], "/p.json"));
  g_assert_cmpstr (settings.agent_name, ==, "an agent/");
  g_assert_true (g_str_has_prefix (settings.name, "an_agent_-"));
  g_assert_true (settings.room && settings.publisher);
  g_assert_cmpstr (settings.db, ==, "none");
  g_assert_cmpstr (settings.http, ==, "off");
  g_assert_cmpuint (settings.max_retry, ==, 0);
  g_assert_cmpint (settings.log, ==, LOG_JSON);
  g_assert_cmpint (settings.level, ==, LOG_LEVEL_DEBUG);
  g_assert_cmpuint (settings.memory_limit, ==, 64 * 1024 * 1024);
  worker_settings_clear (&settings);
  g_free (line);
  g_free (spec);
  g_free (rules);
  g_free (secret);
  fixture_remove (dir);
}

static void
faults (void)
{
  set_environment (NULL, NULL, NULL, NULL);
  expect_fault ("worker", "--persona");
  expect_fault ("worker p.json", "--persona FILE");
  expect_fault ("worker --persona p --load-limit 2", "--load-limit");
  expect_fault ("worker --persona p --max-calls=-1", "--max-calls");
  expect_fault ("worker --persona p --job x", "room, publisher or both");
  expect_fault ("worker --persona p --log x", "json or text");
  expect_fault ("worker --persona p --log-level x", "--log-level");
  expect_fault ("worker --rules /nowhere", "/nowhere");
  expect_fault ("worker --persona p --name a/b", "--name");
  expect_fault ("worker --persona p", "LIVEKIT_URL is not set");
  set_environment ("h:7880", NULL, NULL, NULL);
  expect_fault ("worker --persona p", "LIVEKIT_URL: ");
  expect_fault ("worker --persona p --url ftp://x", "--url: ");
  set_environment ("ws://h", "", NULL, NULL);
  expect_fault ("worker --persona p", "LIVEKIT_API_KEY is not set");
  set_environment ("ws://h", "k", NULL, NULL);
  expect_fault ("worker --persona p", "LIVEKIT_API_SECRET is not set");
  set_environment ("ws://h", "k", "file:/nowhere", NULL);
  expect_fault ("worker --persona p", "LIVEKIT_API_SECRET: ");
  set_environment ("ws://u:geheim@h", "k", "geheim", NULL);
  expect_fault ("worker --persona p", "LIVEKIT_URL: ");
}

int
main (int argc, char **argv)
{
  int rc;

  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-settings/defaults", defaults);
  g_test_add_func ("/worker-settings/webhook", webhooks);
  g_test_add_func ("/worker-settings/everything", everything);
  g_test_add_func ("/worker-settings/faults", faults);
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
