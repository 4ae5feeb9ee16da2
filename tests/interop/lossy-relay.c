/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * lossy-relay LISTEN-IP SERVER-IP PORT [SETTING=NUMBER…]: a UDP relay between
 * clients, which send to LISTEN-IP:PORT, and a server at SERVER-IP:PORT, that
 * loses and delays in both directions. Settings: loss (percent), delay and
 * jitter (ms, 0 to jitter more than delay), reorder (0: a late packet holds
 * back those behind it, 1: they overtake it), seed, spare (1: the clients
 * known now are served without fault) and dead (1: those known now that are not
 * spared are served no more, nor is anything sent to them). A line of settings
 * on stdin changes them, and every line is answered by one of counts, without
 * those of spared clients. Which packets are lost depends on nothing but the
 * seed and their number in their direction. Ends with its stdin.
 *
 * Threads: one.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGEST 65536
#define CLIENTS 256

typedef struct
{
  struct sockaddr_in address;   /* where the client sends from */
  int fd;                       /* what we send with to the server */
  gboolean spared, dead;
  struct _Relay *relay;
} Client;

/* One way through the relay. */
typedef struct
{
  const char *name;
  guint64 packets, bytes, lost;
  guint64 media, media_lost;    /* RTP */
  gint64 last_due;
} Way;

typedef struct _Relay
{
  struct sockaddr_in server;
  int fd;
  GPtrArray *clients;
  gdouble loss, delay, jitter;
  gboolean reorder;
  guint64 seed;
  Way up, down;
  GMainLoop *loop;
} Relay;

typedef struct
{
  int fd;
  struct sockaddr_in to;
  gsize size;
  guint8 data[];
} Packet;

/* SplitMix64: a number for each packet. */
static gdouble
draw (const Relay * self, const Way * way, guint64 salt)
{
  guint64 z = self->seed * 0x9e3779b97f4a7c15u + way->packets * 4 + salt * 2
      + (way == &self->up);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  return (z >> 11) / (gdouble) (1ull << 53);
}

/* RFC 7983 and RFC 5761 section 4. */
static gboolean
is_media (const guint8 * data, gsize size)
{
  return size >= 12 && data[0] >= 128 && data[0] < 192
      && !((data[1] & 0x7f) >= 64 && (data[1] & 0x7f) < 96);
}

static void
pass (int fd, const struct sockaddr_in *to, const guint8 * data, gsize size)
{
  sendto (fd, data, size, 0, (const struct sockaddr *) to, sizeof *to);
}

static gboolean
deliver (gpointer data)
{
  Packet *packet = data;

  pass (packet->fd, &packet->to, packet->data, packet->size);
  return G_SOURCE_REMOVE;
}

static void
send_at (Packet * packet, gint64 due)
{
  GSource *source = g_timeout_source_new (0);

  g_source_set_ready_time (source, due);
  g_source_set_callback (source, deliver, packet, g_free);
  g_source_attach (source, NULL);
  g_source_unref (source);
}

static void
pass_badly (Relay * self, Way * way, int fd, const struct sockaddr_in *to,
    const guint8 * data, gsize size)
{
  gboolean media = is_media (data, size);
  gboolean lost = draw (self, way, 0) * 100 < self->loss;
  gint64 now = g_get_monotonic_time ();
  gint64 due = now + (self->delay + draw (self, way, 1) * self->jitter) * 1000;
  Packet *packet;

  way->packets++;
  way->bytes += size;
  way->lost += lost;
  way->media += media;
  way->media_lost += media && lost;
  if (lost)
    return;
  if (!self->reorder)
    due = MAX (due, way->last_due);
  way->last_due = due;
  packet = g_malloc (sizeof *packet + size);
  packet->fd = fd;
  packet->to = *to;
  packet->size = size;
  memcpy (packet->data, data, size);
  if (due > now) {
    send_at (packet, due);
  } else {
    deliver (packet);
    g_free (packet);
  }
}

static gboolean
from_server (gint fd, GIOCondition condition, gpointer data)
{
  Client *client = data;
  Relay *self = client->relay;
  guint8 buffer[LARGEST];
  ssize_t size;

  while ((size = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0)
    if (client->dead)
      continue;
    else if (client->spared)
      pass (self->fd, &client->address, buffer, size);
    else
      pass_badly (self, &self->down, self->fd, &client->address, buffer, size);
  return G_SOURCE_CONTINUE;
}

static Client *
get_client (Relay * self, const struct sockaddr_in *address)
{
  Client *client;

  for (guint i = 0; i < self->clients->len; i++) {
    client = g_ptr_array_index (self->clients, i);
    if (client->address.sin_port == address->sin_port
        && client->address.sin_addr.s_addr == address->sin_addr.s_addr)
      return client;
  }
  if (self->clients->len == CLIENTS)
    return NULL;
  client = g_new0 (Client, 1);
  client->address = *address;
  client->relay = self;
  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_unix_fd_add (client->fd, G_IO_IN, from_server, client);
  g_ptr_array_add (self->clients, client);
  return client;
}

static gboolean
from_client (gint fd, GIOCondition condition, gpointer data)
{
  Relay *self = data;
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  guint8 buffer[LARGEST];
  ssize_t size;

  while ((size = recvfrom (fd, buffer, sizeof buffer, MSG_DONTWAIT,
              (struct sockaddr *) &address, &length)) >= 0) {
    Client *client = get_client (self, &address);

    length = sizeof address;
    if (!client || client->dead)
      continue;
    if (client->spared)
      pass (client->fd, &self->server, buffer, size);
    else
      pass_badly (self, &self->up, client->fd, &self->server, buffer, size);
  }
  return G_SOURCE_CONTINUE;
}

static void
spare (Relay * self)
{
  for (guint i = 0; i < self->clients->len; i++)
    ((Client *) g_ptr_array_index (self->clients, i))->spared = TRUE;
}

static void
kill_paths (Relay * self)
{
  for (guint i = 0; i < self->clients->len; i++) {
    Client *client = g_ptr_array_index (self->clients, i);

    client->dead = !client->spared;
  }
}

static void
set (Relay * self, const gchar * setting)
{
  const gchar *equals = strchr (setting, '=');
  gdouble number = equals ? g_ascii_strtod (equals + 1, NULL) : 0;

  if (g_str_has_prefix (setting, "loss="))
    self->loss = number;
  else if (g_str_has_prefix (setting, "delay="))
    self->delay = number;
  else if (g_str_has_prefix (setting, "jitter="))
    self->jitter = number;
  else if (g_str_has_prefix (setting, "reorder="))
    self->reorder = number != 0;
  else if (g_str_has_prefix (setting, "seed="))
    self->seed = number;
  else if (g_str_equal (setting, "spare=1"))
    spare (self);
  else if (g_str_equal (setting, "dead=1"))
    kill_paths (self);
  else if (*setting)
    g_error ("there is no setting '%s'", setting);
}

static void
print_way (const Way * way, const char *behind)
{
  printf ("\"%s\": {\"packets\": %" G_GUINT64_FORMAT ", \"bytes\": %"
      G_GUINT64_FORMAT ", \"lost\": %" G_GUINT64_FORMAT ", \"media\": %"
      G_GUINT64_FORMAT ", \"media-lost\": %" G_GUINT64_FORMAT "}%s",
      way->name, way->packets, way->bytes, way->lost, way->media,
      way->media_lost, behind);
}

static gboolean
on_line (gint fd, GIOCondition condition, gpointer data)
{
  Relay *self = data;
  gchar line[256], **words;

  if (!fgets (line, sizeof line, stdin)) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
  }
  words = g_strsplit (g_strstrip (line), " ", 0);
  for (guint i = 0; words[i]; i++)
    set (self, words[i]);
  g_strfreev (words);
  printf ("{\"clients\": %u, ", self->clients->len);
  print_way (&self->up, ", ");
  print_way (&self->down, "}\n");
  fflush (stdout);
  return G_SOURCE_CONTINUE;
}

static void
free_client (gpointer data)
{
  Client *client = data;

  close (client->fd);
  g_free (client);
}

int
main (int argc, char **argv)
{
  Relay self = {.up.name = "up",.down.name = "down",.server.sin_family = AF_INET
  };
  struct sockaddr_in here = {.sin_family = AF_INET };

  if (argc < 4 || inet_pton (AF_INET, argv[1], &here.sin_addr) != 1
      || inet_pton (AF_INET, argv[2], &self.server.sin_addr) != 1)
    return 2;
  here.sin_port = self.server.sin_port = htons (atoi (argv[3]));
  for (int i = 4; i < argc; i++)
    set (&self, argv[i]);
  setvbuf (stdin, NULL, _IONBF, 0);
  self.clients = g_ptr_array_new_with_free_func (free_client);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (bind (self.fd, (struct sockaddr *) &here, sizeof here) < 0) {
    perror (argv[1]);
    return 1;
  }
  g_unix_fd_add (self.fd, G_IO_IN, from_client, &self);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_line, &self);
  g_main_loop_run (self.loop);
  g_ptr_array_unref (self.clients);
  g_main_loop_unref (self.loop);
  close (self.fd);
  return 0;
}
