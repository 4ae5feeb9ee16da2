/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The datagrams of sd_notify(3), without libsystemd.
 *
 * Threads: any. Locks: none.
 */
#include "worker-notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/**
 * worker_notify:
 * @state: such as `READY=1`
 *
 * Returns: whether systemd was told; if it is not there that is no fault
 */
gboolean
worker_notify (const gchar * state)
{
  const gchar *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gsize length = path ? strlen (path) : 0;
  gssize sent;
  int fd;

  if (length < 2 || length >= sizeof address.sun_path
      || (*path != '/' && *path != '@'))
    return FALSE;
  memcpy (address.sun_path, path, length);
  if (*path == '@')
    address.sun_path[0] = '\0';
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return FALSE;
  sent = sendto (fd, state, strlen (state), MSG_NOSIGNAL,
      (struct sockaddr *) &address,
      offsetof (struct sockaddr_un, sun_path) + length);
  close (fd);
  return sent == (gssize) strlen (state);
}

/**
 * worker_notify_has_watchdog:
 *
 * Returns: whether systemd wants to hear of us from time to time
 */
gboolean
worker_notify_has_watchdog (void)
{
  const gchar *usec = g_getenv ("WATCHDOG_USEC");
  const gchar *pid = g_getenv ("WATCHDOG_PID");

  return usec && g_ascii_strtoull (usec, NULL, 10) > 0
      && (!pid || g_ascii_strtoull (pid, NULL, 10) == (guint64) getpid ());
}
