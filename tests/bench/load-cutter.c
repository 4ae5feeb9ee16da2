/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A TCP proxy between a participant's signalling and the server, which ends
 * what goes through it when it is told to.
 *
 * Threads: one of its own moves all bytes; the functions are for one other.
 * Locks: none; what is wanted is a number, what there is another.
 */
#include "load-cutter.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PAIRS 16
#define LOOK_MS 10

struct _LoadCutter
{
  /* set once */
  GThread *thread;
  guint16 port, to;
  int fd;

  /* atomic */
  gint quit, wanted, done;      /* cuts */
  gint cut;                     /* connections, by the last one */

  /* thread */
  int pairs[MAX_PAIRS][2];
  guint n_pairs;
};

static void
end_pair (LoadCutter * self, guint i)
{
  close (self->pairs[i][0]);
  close (self->pairs[i][1]);
  self->n_pairs--;
  self->pairs[i][0] = self->pairs[self->n_pairs][0];
  self->pairs[i][1] = self->pairs[self->n_pairs][1];
}

static void
take (LoadCutter * self)
{
  struct sockaddr_in to = {.sin_family = AF_INET,.sin_port = htons (self->to),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK)
  };
  int one = accept (self->fd, NULL, NULL);
  int other = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (one < 0 || self->n_pairs == MAX_PAIRS
      || connect (other, (struct sockaddr *) &to, sizeof to) < 0) {
    close (one);
    close (other);
    return;
  }
  self->pairs[self->n_pairs][0] = one;
  self->pairs[self->n_pairs++][1] = other;
}

/* FALSE: one of the ends has closed it. */
static gboolean
move_bytes (int from, int to)
{
  guint8 buffer[16384];
  ssize_t n = recv (from, buffer, sizeof buffer, 0);

  for (ssize_t sent = 0, k; sent < n; sent += k)
    if ((k = send (to, buffer + sent, n - sent, MSG_NOSIGNAL)) <= 0)
      return FALSE;
  return n > 0;
}

static void
look (LoadCutter * self)
{
  struct pollfd fds[1 + 2 * MAX_PAIRS] = { {.fd = self->fd,.events = POLLIN} };
  guint n = self->n_pairs;

  for (guint i = 0; i < 2 * n; i++) {
    fds[1 + i].fd = self->pairs[i / 2][i % 2];
    fds[1 + i].events = POLLIN;
  }
  if (poll (fds, 1 + 2 * n, LOOK_MS) <= 0)
    return;
  /* From the last one, since its place is taken by one that has been. */
  for (guint i = n; i-- > 0;)
    for (guint way = 0; way < 2; way++)
      if (fds[1 + 2 * i + way].revents
          && !move_bytes (self->pairs[i][way], self->pairs[i][!way])) {
        end_pair (self, i);
        break;
      }
  if (fds[0].revents)
    take (self);
}

static gpointer
relay (gpointer data)
{
  LoadCutter *self = data;

  while (!g_atomic_int_get (&self->quit)) {
    look (self);
    if (g_atomic_int_get (&self->wanted) == self->done)
      continue;
    g_atomic_int_set (&self->cut, self->n_pairs);
    while (self->n_pairs > 0)
      end_pair (self, self->n_pairs - 1);
    g_atomic_int_inc (&self->done);
  }
  while (self->n_pairs > 0)
    end_pair (self, self->n_pairs - 1);
  return NULL;
}

/**
 * load_cutter_new:
 * @to: the server's port
 *
 * Returns: (transfer full): a proxy that listens
 */
LoadCutter *
load_cutter_new (guint16 to)
{
  LoadCutter *self = g_new0 (LoadCutter, 1);
  struct sockaddr_in here = {.sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK)
  };
  socklen_t size = sizeof here;

  self->to = to;
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind (self->fd, (struct sockaddr *) &here, sizeof here) < 0
      || listen (self->fd, MAX_PAIRS) < 0
      || getsockname (self->fd, (struct sockaddr *) &here, &size) < 0)
    g_error ("no port for a proxy");
  self->port = ntohs (here.sin_port);
  self->thread = g_thread_new ("cutter", relay, self);
  return self;
}

guint16
load_cutter_port (const LoadCutter * self)
{
  return self->port;
}

/**
 * load_cutter_cut:
 *
 * Returns: how many connections have been ended
 */
guint
load_cutter_cut (LoadCutter * self)
{
  gint wanted = g_atomic_int_add (&self->wanted, 1) + 1;

  while (g_atomic_int_get (&self->done) != wanted)
    g_usleep (1000);
  return g_atomic_int_get (&self->cut);
}

void
load_cutter_free (LoadCutter * self)
{
  g_atomic_int_set (&self->quit, 1);
  g_thread_join (self->thread);
  close (self->fd);
  g_free (self);
}
