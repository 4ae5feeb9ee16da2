/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a child of a process that has loaded everything is like.
 */
#include <call-child.h>
#include <dtls-session.h>
#include <gst/gst.h>
#include <openssl/rand.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child finds out about itself. */
typedef struct
{
  guint32 glib, libc, openssl;
  gchar fingerprint[128], uuid[64];
  gint descriptors;             /* beside the standard ones and the socket */
  gboolean blocked, ignored;    /* signals */
  gint woken;                   /* how many of WAKE_UPS */
  gint oom;
  gint parent_signal;
} Answer;

#define WAKE_UPS 2000

static gint
count_descriptors (void)
{
  gint n = 0;

  for (gint fd = CALL_FD + 1; fd < 1024; fd++)
    n += fcntl (fd, F_GETFD) >= 0;
  return n;
}

static gboolean
count (gpointer n)
{
  g_atomic_int_inc ((gint *) n);
  return G_SOURCE_REMOVE;
}

static gpointer
wake (gpointer n)
{
  for (gint i = 0; i < WAKE_UPS; i++) {
    gint before = g_atomic_int_get ((gint *) n);

    g_idle_add (count, n);
    /* Each must wake a loop that sleeps. */
    while (g_atomic_int_get ((gint *) n) == before)
      g_usleep (1);
  }
  return NULL;
}

/* Two children that shared the descriptor of their parent's context would take
 * these from each other, and sleep for ever. */
static void
sleep_and_wake (gint * n)
{
  GThread *thread = g_thread_new ("wake", wake, n);

  while (g_atomic_int_get (n) < WAKE_UPS)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

static void
find_out (Answer * answer)
{
  DtlsIdentity *identity = dtls_identity_new (NULL);
  gchar *uuid = g_uuid_string_random (), *text;
  struct sigaction action;
  sigset_t set;

  answer->glib = g_random_int ();
  answer->libc = random ();
  RAND_bytes ((guchar *) & answer->openssl, sizeof answer->openssl);
  g_strlcpy (answer->fingerprint, dtls_identity_get_fingerprint (identity),
      sizeof answer->fingerprint);
  g_strlcpy (answer->uuid, uuid, sizeof answer->uuid);
  sigprocmask (SIG_BLOCK, NULL, &set);
  answer->blocked = sigismember (&set, SIGCHLD);
  sigaction (SIGTERM, NULL, &action);
  answer->ignored = action.sa_handler == SIG_IGN;
  prctl (PR_GET_PDEATHSIG, &answer->parent_signal);
  sleep_and_wake (&answer->woken);
  g_file_get_contents ("/proc/self/oom_score_adj", &text, NULL, NULL);
  answer->oom = atoi (text);
  g_free (text);
  g_free (uuid);
  dtls_identity_unref (identity);
}

static gint
start_child (gint * socket)
{
  gint fds[2], parent = getpid (), pid;
  Answer answer = { 0 };

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), ==, 0);
  pid = fork ();
  if (pid == 0) {
    if (!call_child_begin (fds[1], parent))
      _exit (1);
    answer.descriptors = count_descriptors ();
    find_out (&answer);
    _exit (send (CALL_FD, &answer, sizeof answer, 0) != sizeof answer);
  }
  close (fds[1]);
  *socket = fds[0];
  return pid;
}

static void
hear_child (gint pid, gint socket, Answer * answer)
{
  gint status;

  g_assert_cmpint (recv (socket, answer, sizeof *answer, 0), ==,
      sizeof *answer);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (answer->descriptors, ==, 0);
  g_assert_false (answer->blocked);
  g_assert_false (answer->ignored);
  g_assert_cmpint (answer->parent_signal, ==, SIGKILL);
  g_assert_cmpint (answer->woken, ==, WAKE_UPS);
  close (socket);
}

static void
two_children (void)
{
  gint pids[2], sockets[2], oom;
  Answer answers[2];
  sigset_t set, before;
  gchar *text;

  /* As the zygote has it, and a little more. */
  g_random_int ();
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_BLOCK, &set, &before);
  signal (SIGTERM, SIG_IGN);
  for (guint i = 0; i < 2; i++)
    pids[i] = start_child (&sockets[i]);
  signal (SIGTERM, SIG_DFL);
  sigprocmask (SIG_SETMASK, &before, NULL);
  for (guint i = 0; i < 2; i++)
    hear_child (pids[i], sockets[i], &answers[i]);
  g_assert_cmpuint (answers[0].glib, !=, answers[1].glib);
  g_assert_cmpuint (answers[0].libc, !=, answers[1].libc);
  g_assert_cmpuint (answers[0].openssl, !=, answers[1].openssl);
  g_assert_cmpstr (answers[0].fingerprint, !=, answers[1].fingerprint);
  g_assert_cmpstr (answers[0].uuid, !=, answers[1].uuid);
  g_assert_true (g_file_get_contents ("/proc/self/oom_score_adj", &text, NULL,
          NULL));
  oom = atoi (text);
  g_assert_cmpint (answers[0].oom, ==, MIN (oom + 100, 1000));
  g_free (text);
}

/* A child whose parent died before it could ask to be told. */
static void
an_orphan (void)
{
  gint fds[2], pid, status;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    _exit (call_child_begin (fds[1], getppid () + 1) ? 1 : 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  close (fds[0]);
  close (fds[1]);
}

/* There is room for what a call needs, and not for everything. */
static void
a_limit (void)
{
  gint pid = fork (), status;
  gpointer some, all;

  if (pid == 0) {
    call_child_limit (64 << 20);
    some = mmap (NULL, 256 << 20, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    all = mmap (NULL, (gsize) 4 << 30, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    _exit (some == MAP_FAILED || all != MAP_FAILED);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/call-child/two", two_children);
  g_test_add_func ("/call-child/orphan", an_orphan);
  g_test_add_func ("/call-child/limit", a_limit);
  return g_test_run ();
}
