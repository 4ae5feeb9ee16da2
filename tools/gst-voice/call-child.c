/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What makes a child of the zygote a process of its own: descriptors, signals,
 * randomness, limits, log.
 *
 * Threads: the only one of a new child. Locks: none.
 */
#define _GNU_SOURCE
#include "call-child.h"

#include <errno.h>
#include <fcntl.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* The kernel should rather end a call than what all of them hang on. */
#define OOM_SCORE 100
/* A machine that sleeps less often between the frames of its calls: with 20 of
 * them 19 % less processor time. What 2 ms cost nobody hears. */
#define TIMER_SLACK_NS 2000000
/* What threads and allocators may reserve beyond what they use: the limit of
 * the kernel counts that, too, so it is only the one for a runaway; what is
 * used the control process watches. */
#define RESERVE (G_GUINT64_CONSTANT (1) << 30)

static gboolean
keep_only (gint socket)
{
  if (socket != CALL_FD && dup2 (socket, CALL_FD) < 0)
    return FALSE;
  /* What is printed must not come among what the control process prints. */
  return dup2 (STDERR_FILENO, STDOUT_FILENO) >= 0
      && close_range (CALL_FD + 1, ~0U, 0) == 0;
}

/* What the zygote ignores and blocks. It has no handlers; those of a sanitizer
 * stay. */
static void
reset_signals (void)
{
  struct sigaction action;
  sigset_t none;

  for (gint i = 1; i < NSIG; i++) {
    if (sigaction (i, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO)
        && action.sa_handler == SIG_IGN)
      signal (i, SIG_DFL);
  }
  /* Who we talk to may be gone: then write() says so. */
  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* GLib and the C library go on from the parent's state otherwise. OpenSSL and
 * GnuTLS notice a fork themselves. */
static gboolean
seed_random (void)
{
  guint32 seeds[3];

  if (getrandom (seeds, sizeof seeds, 0) != sizeof seeds)
    return FALSE;
  g_random_set_seed (seeds[0]);
  srandom (seeds[1]);
  srand48 (seeds[2]);
  return TRUE;
}

static void
raise_oom_score (void)
{
  const gchar *path = "/proc/self/oom_score_adj";
  gchar *text, *more;
  gint fd;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  more = g_strdup_printf ("%d", MIN (atoi (text) + OOM_SCORE, 1000));
  /* Not replaced by renaming, as g_file_set_contents() does it. */
  fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (write (fd, more, strlen (more)) < 0)
      g_debug ("%s: %s", path, g_strerror (errno));
    close (fd);
  }
  g_free (more);
  g_free (text);
}

/**
 * call_child_begin:
 * @socket: to the control process; it is %CALL_FD from now on
 * @parent: the process that has forked
 *
 * To be called first in a new child. Until call_child_attached() it ends with
 * its parent.
 *
 * Returns: %FALSE if it must not go on
 */
gboolean
call_child_begin (gint socket, gint parent)
{
  if (!keep_only (socket) || prctl (PR_SET_PDEATHSIG, SIGKILL) != 0)
    return FALSE;
  /* The parent may have died before. */
  if (getppid () != parent)
    return FALSE;
  reset_signals ();
  raise_oom_score ();
  prctl (PR_SET_TIMERSLACK, TIMER_SLACK_NS);
  return seed_random ();
}

/**
 * call_child_attached:
 *
 * The child watches its socket now, and notices by that when the control
 * process is gone. So a zygote that dies costs no call.
 */
void
call_child_attached (void)
{
  prctl (PR_SET_PDEATHSIG, 0);
}

/* kB of memory that is private and may be written. A sanitizer has terabytes
 * of it. */
static guint64
get_data_size (void)
{
  gchar *text = NULL;
  const gchar *line;
  guint64 kb = 0;

  if (g_file_get_contents ("/proc/self/status", &text, NULL, NULL)) {
    line = strstr (text, "\nVmData:");
    if (line)
      kb = g_ascii_strtoull (line + strlen ("\nVmData:"), NULL, 10);
  }
  g_free (text);
  return kb;
}

/**
 * call_child_limit:
 * @memory: bytes that the call may use beyond what its parent has
 *
 * Whoever asks for very much more than that, even at once, gets none.
 */
void
call_child_limit (guint64 memory)
{
  rlim_t bytes = get_data_size () * 1024 + memory + RESERVE;
  struct rlimit limit = { bytes, bytes };

  setrlimit (RLIMIT_DATA, &limit);
}

/**
 * call_child_log:
 * @prefix: (nullable): of the file; %NULL for standard error
 * @call_id: of the call
 *
 * GStreamer's debug log of this process goes into a file of its own.
 */
void
call_child_log (const gchar * prefix, const gchar * call_id)
{
  gchar *path;
  FILE *file;

  if (!prefix)
    return;
  path = g_strdup_printf ("%s.%s", prefix, call_id);
  file = fopen (path, "ae");
  if (file) {
    gst_debug_remove_log_function (gst_debug_log_default);
    gst_debug_add_log_function (gst_debug_log_default, file, NULL);
  } else {
    g_printerr ("gst-voice: cannot write the log %s: %s\n", path,
        g_strerror (errno));
  }
  g_free (path);
}
