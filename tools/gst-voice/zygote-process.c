/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The zygote: loads what calls need, and forks a process for each. It runs
 * nothing itself and has one thread: no GMainContext (children would share the
 * descriptor that wakes it), no child watch or signal of GLib's, no pipeline,
 * no thread pool, no network, no key or certificate. It never sees an order.
 *
 * It ends when the control process closes its socket, and at nothing else: a
 * signal to the whole group of processes is the control process's business.
 *
 * Threads: one. Locks: none.
 */
#include "call-child.h"
#include "call-process.h"
#include "process-title.h"
#include "verbs.h"
#include "zygote-message.h"
#include "zygote-preload.h"

#include <errno.h>
#include <gst/gst.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  gint pid;
  guint64 number;
} Child;

typedef struct
{
  gint signals;                 /* signalfd: SIGCHLD */
  GArray *children;             /* of Child */
  gchar *log;                   /* prefix of logs, or NULL */
} Nest;

static void
tell (const ZygoteMessage * message, gint fd)
{
  /* If it does not listen it is about to end. */
  if (!zygote_message_send (ZYGOTE_FD, message, fd))
    g_debug ("zygote: %s", g_strerror (errno));
}

/* In the child. What the zygote has at its exit is none of it. */
static void G_GNUC_NORETURN
be_call (Nest * nest, gint socket, gint parent)
{
  int status = EXIT_FAILED;

  if (call_child_begin (socket, parent))
    status = call_process_main (nest->log);
  _exit (status);
}

static void
fork_call (Nest * nest, guint64 number, gint socket)
{
  ZygoteMessage message = {.kind = ZYGOTE_FORKED,.number = number };
  gint parent = getpid (), pidfd;
  Child child = {.number = number };

  child.pid = fork ();
  if (child.pid == 0)
    be_call (nest, socket, parent);
  close (socket);
  if (child.pid < 0) {
    message.kind = ZYGOTE_FAILED;
    message.status = errno;
    tell (&message, -1);
    return;
  }
  g_array_append_val (nest->children, child);
  message.pid = child.pid;
  pidfd = syscall (SYS_pidfd_open, child.pid, 0);
  tell (&message, pidfd);
  if (pidfd >= 0)
    close (pidfd);
}

static gint64
microseconds (const struct timeval *t)
{
  return t->tv_sec * G_USEC_PER_SEC + t->tv_usec;
}

static void
report_end (Nest * nest, gint pid, gint status, const struct rusage *usage)
{
  ZygoteMessage message = {.kind = ZYGOTE_ENDED,.pid = pid,.status = status,
    .memory = usage->ru_maxrss,
    .cpu = microseconds (&usage->ru_utime) + microseconds (&usage->ru_stime)
  };

  for (guint i = 0; i < nest->children->len; i++) {
    if (g_array_index (nest->children, Child, i).pid == pid) {
      message.number = g_array_index (nest->children, Child, i).number;
      g_array_remove_index_fast (nest->children, i);
      tell (&message, -1);
      return;
    }
  }
}

static void
reap (Nest * nest)
{
  struct signalfd_siginfo info;
  struct rusage usage;
  gint pid, status;

  /* One may stand for several. */
  if (read (nest->signals, &info, sizeof info) < 0 && errno != EAGAIN)
    g_debug ("zygote: %s", g_strerror (errno));
  while ((pid = wait4 (-1, &status, WNOHANG, &usage)) > 0)
    report_end (nest, pid, status, &usage);
}

/* FALSE when the control process is gone. */
static gboolean
obey (Nest * nest)
{
  ZygoteMessage message;
  gint fd, got;

  got = zygote_message_receive (ZYGOTE_FD, &message, &fd);
  if (got == 1 && message.kind == ZYGOTE_CALL && fd >= 0)
    fork_call (nest, message.number, fd);
  else if (fd >= 0)
    close (fd);
  return got != 0;
}

static void
serve (Nest * nest)
{
  struct pollfd fds[] = {
    {.fd = ZYGOTE_FD,.events = POLLIN},
    {.fd = nest->signals,.events = POLLIN},
  };

  for (;;) {
    if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
      return;
    if (fds[1].revents)
      reap (nest);
    if (fds[0].revents && !obey (nest))
      return;
  }
}

static gint
take_signals (void)
{
  static const gint ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
  sigset_t set;

  for (guint i = 0; i < G_N_ELEMENTS (ignored); i++)
    signal (ignored[i], SIG_IGN);
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_BLOCK, &set, NULL);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The file would be open here, and shared by all: each call has its own. */
static gchar *
take_log_name (void)
{
  gchar *name = g_strdup (g_getenv ("GST_DEBUG_FILE"));

  g_unsetenv ("GST_DEBUG_FILE");
  return name && *name && strcmp (name, "-") != 0 ? name : NULL;
}

static gboolean
is_socket (gint fd)
{
  gint type;
  socklen_t size = sizeof type;

  return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0
      && type == SOCK_SEQPACKET;
}

/**
 * verb_zygote:
 * @argc: how many arguments
 * @argv: personas for whose calls everything is to be loaded
 *
 * Started by zygote.c only, with its socket as descriptor %ZYGOTE_FD.
 */
int
verb_zygote (int argc, char **argv)
{
  ZygoteMessage ready = {.kind = ZYGOTE_READY,.pid = getpid () };
  Nest nest = { 0 };

  if (!is_socket (ZYGOTE_FD)) {
    g_printerr ("gst-voice zygote: only `gst-voice worker` starts this\n");
    return EXIT_USAGE;
  }
  nest.log = take_log_name ();
  nest.signals = take_signals ();
  nest.children = g_array_new (FALSE, FALSE, sizeof (Child));
  gst_init (NULL, NULL);
  zygote_preload (argv + 1, argc - 1);
  process_title_set ("gst-voice: zygote");
  tell (&ready, -1);
  serve (&nest);
  g_array_unref (nest.children);
  g_free (nest.log);
  close (nest.signals);
  return EXIT_OK;
}
