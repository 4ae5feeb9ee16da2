/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What systemd is told, by a socket that stands for its.
 */
#include "fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <worker-notify.h>

static void
expect (const gchar * path, gboolean abstract)
{
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gchar buffer[64] = { 0 };

  memcpy (address.sun_path, path, strlen (path));
  if (abstract)
    address.sun_path[0] = '\0';
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address,
          G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + strlen (path)), ==,
      0);
  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  g_assert_true (worker_notify ("READY=1"));
  g_assert_cmpint (recv (fd, buffer, sizeof buffer, 0), ==, 7);
  g_assert_cmpstr (buffer, ==, "READY=1");
  close (fd);
  /* Nobody listens any more: no fault, and no waiting. */
  g_assert_false (worker_notify ("READY=1"));
}

static void
sockets (void)
{
  gchar *dir = fixture_dir ();
  gchar *path = g_build_filename (dir, "notify", NULL);
  gchar *name = g_strdup_printf ("@gst-voice-test-%d", getpid ());
  gchar *big = g_strnfill (200, '/');

  g_unsetenv ("NOTIFY_SOCKET");
  g_assert_false (worker_notify ("READY=1"));
  expect (path, FALSE);
  expect (name, TRUE);
  g_setenv ("NOTIFY_SOCKET", big, TRUE);
  g_assert_false (worker_notify ("READY=1"));
  g_setenv ("NOTIFY_SOCKET", "relative", TRUE);
  g_assert_false (worker_notify ("READY=1"));
  g_free (big);
  g_free (name);
  g_free (path);
  fixture_remove (dir);
}

static void
watchdog (void)
{
  gchar *pid = g_strdup_printf ("%d", getpid ());

  g_unsetenv ("WATCHDOG_USEC");
  g_assert_false (worker_notify_has_watchdog ());
  g_setenv ("WATCHDOG_USEC", "1000", TRUE);
  g_unsetenv ("WATCHDOG_PID");
  g_assert_true (worker_notify_has_watchdog ());
  g_setenv ("WATCHDOG_PID", pid, TRUE);
  g_assert_true (worker_notify_has_watchdog ());
  g_setenv ("WATCHDOG_PID", "1", TRUE);
  g_assert_false (worker_notify_has_watchdog ());
  g_free (pid);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-notify/sockets", sockets);
  g_test_add_func ("/worker-notify/watchdog", watchdog);
  return g_test_run ();
}
