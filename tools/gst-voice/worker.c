/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice worker`: answers the calls of a LiveKit server. This file has the
 * beginning and the end of the process; worker-run.c works.
 *
 * Threads: the main thread. Locks: none.
 */
#include "log.h"
#include "persona-find.h"
#include "verbs.h"
#include "worker-notify.h"
#include "worker-run.h"
#include "zygote.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <signal.h>

/* How long what is under way at the end may take, once nothing counts. */
#define LAST_TURNS 100

static const gint end_signals[] = { SIGINT, SIGTERM };

typedef struct
{
  WorkerSettings settings;
  GMainLoop *loop;
  Worker *worker;
  int status;
} Process;

static void
complain (const gchar * message)
{
  g_printerr ("gst-voice worker: %s\n", message);
}

static gboolean
on_signal (gpointer data)
{
  worker_end (((Process *) data)->worker);
  return G_SOURCE_CONTINUE;
}

static void
on_stopped (gpointer data, int status)
{
  Process *process = data;

  process->status = status;
  g_main_loop_quit (process->loop);
}

/* What was cancelled comes back, and a closing handshake goes out. */
static void
run_out (void)
{
  for (guint i = 0; i < LAST_TURNS; i++) {
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static void
work (Process * process, Zygote * zygote)
{
  guint signals[G_N_ELEMENTS (end_signals)];
  GError *error = NULL;

  process->worker = worker_new (&process->settings, zygote, on_stopped,
      process, &error);
  if (!process->worker) {
    complain (error->message);
    g_error_free (error);
    zygote_stop (zygote);
    return;
  }
  process->loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    signals[i] = g_unix_signal_add (end_signals[i], on_signal, process);
  worker_start (process->worker);
  g_main_loop_run (process->loop);
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    g_source_remove (signals[i]);
  zygote_stop (zygote);
  worker_free (process->worker);
  run_out ();
  g_main_loop_unref (process->loop);
}

static int
begin (Process * process)
{
  static const gchar *const hidden[] = { "LIVEKIT_API_KEY",
    "LIVEKIT_API_SECRET", "OTEL_EXPORTER_OTLP_HEADERS", NULL
  };
  ZygoteSettings settings = {.hidden = hidden,
    .personas = (const gchar * const *) process->settings.personas
  };
  GError *error = NULL;
  Zygote *zygote;

  log_begin (process->settings.log, process->settings.level);
  zygote = zygote_start (&settings, &error);
  if (zygote) {
    work (process, zygote);
  } else {
    complain (error->message);
    g_error_free (error);
  }
  return process->status;
}

/**
 * verb_worker:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_worker (int argc, char **argv)
{
  Process process = {.status = EXIT_FAILED };
  GError *error = NULL;

  /* Who reads our log may leave before us. */
  signal (SIGPIPE, SIG_IGN);
  if (!worker_settings_parse (&process.settings, &argc, &argv, &error)) {
    g_printerr ("gst-voice worker: %s; `gst-voice worker --help` tells more\n",
        error->message);
    process.status = EXIT_USAGE;
  } else if (!worker_settings_complete (&process.settings, &error)) {
    complain (error->message);
  } else {
    process.status = persona_check_all (process.settings.personas) ?
        begin (&process) : EXIT_FAILED;
  }
  g_clear_error (&error);
  worker_settings_clear (&process.settings);
  return process.status;
}
