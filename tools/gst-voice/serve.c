/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice serve`: a page on which a person talks to a persona. This file has
 * the beginning and the end of the process.
 *
 * Each call is a process of its own, forked from the zygote: what goes wrong in
 * one costs no other. The sockets of its sound are there, too; this process
 * only hands over offer and answer.
 *
 * Threads: the main thread. Locks: none.
 */
#include "persona-find.h"
#include "serve-http.h"
#include "verbs.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CHECK_MS 100
/* How long what is under way at the end may take, once nothing counts. */
#define LAST_TURNS 100

static const gint end_signals[] = { SIGINT, SIGTERM };

typedef struct
{
  ServeSettings settings;
  GMainLoop *loop;
  WorkerRecords *records;
  ServeCalls *calls;
  ServeHttp *http;
  guint ends;                   /* how often it was to end */
} Process;

static void
complain (const gchar * message)
{
  g_printerr ("gst-voice serve: %s\n", message);
}

static gboolean
check_over (gpointer data)
{
  Process *process = data;

  if (serve_calls_count (process->calls) > 0
      || worker_records_pending (process->records) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (process->loop);
  return G_SOURCE_REMOVE;
}

/* The first hangs up, the second does not wait. */
static gboolean
on_signal (gpointer data)
{
  Process *process = data;

  if (process->ends++ > 0) {
    g_main_loop_quit (process->loop);
    return G_SOURCE_CONTINUE;
  }
  serve_calls_end_all (process->calls);
  g_timeout_add (CHECK_MS, check_over, process);
  return G_SOURCE_CONTINUE;
}

static void
on_record (const gchar * call_id, const GError * error, gpointer data)
{
  if (error)
    log_event (LOG_LEVEL_WARNING, call_id, "the record is not yet delivered",
        "why", error->message, NULL);
}

/* With the token behind #, where it is sent to nobody. */
static void
print_address (Process * process)
{
  const ServeSettings *settings = &process->settings;
  gchar *host = settings->address ?
      g_inet_address_to_string (settings->address) :
      g_strdup (g_get_host_name ());
  gboolean brackets = strchr (host, ':') != NULL;

  g_print ("%s://%s%s%s:%u/%s%s\n", settings->certificate ? "https" : "http",
      brackets ? "[" : "", host, brackets ? "]" : "",
      serve_http_get_port (process->http), settings->token ? "#token=" : "",
      settings->token ? settings->token : "");
  if (!settings->loopback && !settings->certificate)
    g_printerr ("gst-voice serve: browsers on other machines give no "
        "microphone to a page without HTTPS: --tls-cert and --tls-key, or a "
        "proxy with a certificate\n");
  fflush (stdout);
  g_free (host);
}

static gboolean
open_all (Process * process, Zygote * zygote, GError ** error)
{
  process->records = worker_records_new (process->settings.db, on_record,
      process, error);
  if (!process->records)
    return FALSE;
  process->calls = serve_calls_new (&process->settings, zygote,
      process->records);
  process->http = serve_http_new (&process->settings, process->calls, error);
  return process->http != NULL;
}

/* What was cancelled comes back. */
static void
run_out (void)
{
  for (guint i = 0; i < LAST_TURNS; i++) {
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static void
serve (Process * process)
{
  guint signals[G_N_ELEMENTS (end_signals)];

  print_address (process);
  process->loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    signals[i] = g_unix_signal_add (end_signals[i], on_signal, process);
  g_main_loop_run (process->loop);
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    g_source_remove (signals[i]);
  g_main_loop_unref (process->loop);
}

static int
work (Process * process)
{
  ZygoteSettings settings = {
    .personas = (const gchar * const *) process->settings.personas
  };
  GError *error = NULL;
  Zygote *zygote = zygote_start (&settings, &error);
  gboolean ok = zygote && open_all (process, zygote, &error);

  if (ok)
    serve (process);
  else
    complain (error->message);
  g_clear_error (&error);
  serve_http_free (process->http);
  if (zygote)
    zygote_stop (zygote);
  serve_calls_free (process->calls);
  worker_records_free (process->records);
  run_out ();
  return ok ? EXIT_OK : EXIT_FAILED;
}

/**
 * verb_serve:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_serve (int argc, char **argv)
{
  Process process = { 0 };
  int status = EXIT_FAILED;
  GError *error = NULL;

  /* Who reads our log may leave before us. */
  signal (SIGPIPE, SIG_IGN);
  if (!serve_settings_parse (&process.settings, &argc, &argv, &error)) {
    g_printerr ("gst-voice serve: %s; `gst-voice serve --help` tells more\n",
        error->message);
    status = EXIT_USAGE;
  } else if (!serve_settings_complete (&process.settings, &error)) {
    complain (error->message);
  } else if (persona_check_all (process.settings.personas)) {
    log_begin (process.settings.log, process.settings.level);
    status = work (&process);
  }
  g_clear_error (&error);
  serve_settings_clear (&process.settings);
  return status;
}
