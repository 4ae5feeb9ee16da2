/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is loaded before a fork serves the children, and leaves them nothing to
 * have in common.
 */
#include <dtls-session.h>
#include <rtc-preload.h>
#include <srtp-session.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FINGERPRINT 95          /* of sha-256: 32 bytes with colons */

static gboolean
protects (void)
{
  DtlsSrtpKeys keys = {.profile = DTLS_SRTP_AEAD_AES_128_GCM,.size = 28 };
  SrtpSession *srtp = srtp_session_new (&keys, NULL);
  guint32 packet[16] = { GUINT32_TO_BE (0x80600001) };
  gsize size = 20;
  gboolean good = srtp && srtp_session_protect (srtp, FALSE,
      (guint8 *) packet, &size, sizeof packet);

  srtp_session_free (srtp);
  return good;
}

/* Its fingerprint, if all else works. */
static void
be_child (int fd)
{
  DtlsIdentity *identity = dtls_identity_new (NULL);
  const gchar *fingerprint = dtls_identity_get_fingerprint (identity);
  gboolean good = protects ()
      && write (fd, fingerprint, FINGERPRINT) == FINGERPRINT;

  dtls_identity_unref (identity);
  _exit (good ? 0 : 1);
}

static void
ask_child (gchar * fingerprint)
{
  int fds[2], status;
  pid_t pid;

  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    be_child (fds[1]);
  close (fds[1]);
  memset (fingerprint, 0, FINGERPRINT + 1);
  g_assert_cmpint (read (fds[0], fingerprint, FINGERPRINT), ==, FINGERPRINT);
  close (fds[0]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

static void
children (void)
{
  gchar one[FINGERPRINT + 1], two[FINGERPRINT + 1];

  rtc_preload ();
  ask_child (one);
  ask_child (two);
  g_assert_cmpstr (one, !=, two);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-preload/children", children);
  return g_test_run ();
}
