/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages between the control process, the zygote and call processes, on
 * sockets that keep them apart: there is nothing to put together and nothing
 * half sent.
 *
 * Threads: any; the zygote uses it, too, so it allocates and logs nothing.
 * Locks: none.
 */
#include "zygote-message.h"

#include "call-order.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union
{
  struct cmsghdr header;
  gchar room[CMSG_SPACE (sizeof (gint))];
}
Control;

/**
 * zygote_socketpair:
 * @fds: (out): both ends
 *
 * A message of %CALL_MESSAGE_MAX has room in it.
 *
 * Returns: %FALSE with errno set
 */
gboolean
zygote_socketpair (gint fds[2])
{
  gint size = 2 * CALL_MESSAGE_MAX;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    return FALSE;
  /* The default is usually enough; if not, send() says so. */
  setsockopt (fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt (fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return TRUE;
}

static void
attach_fd (struct msghdr *header, Control * control, gint fd)
{
  struct cmsghdr *c;

  memset (control, 0, sizeof *control);
  header->msg_control = control;
  header->msg_controllen = sizeof *control;
  c = CMSG_FIRSTHDR (header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (c), &fd, sizeof fd);
}

/**
 * zygote_message_send:
 * @socket: of control process or zygote
 * @message: what to say
 * @fd: a descriptor to send with it, or -1; it stays open here
 *
 * Never waits.
 *
 * Returns: %FALSE with errno set
 */
gboolean
zygote_message_send (gint socket, const ZygoteMessage * message, gint fd)
{
  struct iovec part = { (gpointer) message, sizeof *message };
  struct msghdr header = {.msg_iov = &part,.msg_iovlen = 1 };
  Control control;
  gssize n;

  if (fd >= 0)
    attach_fd (&header, &control, fd);
  do {
    n = sendmsg (socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n == sizeof *message;
}

/* That the other side has closed without reading everything is told once, and
 * before what it has said. */
static gboolean
is_passing (void)
{
  return errno == EINTR || errno == ECONNRESET;
}

/* The kernel closes what has no room, so there is one at the most. */
static gint
take_fd (struct msghdr *header)
{
  struct cmsghdr *c = CMSG_FIRSTHDR (header);
  gint fd = -1;

  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS
      && c->cmsg_len == CMSG_LEN (sizeof fd))
    memcpy (&fd, CMSG_DATA (c), sizeof fd);
  return fd;
}

/**
 * zygote_message_receive:
 * @socket: of control process or zygote
 * @message: (out): what it says
 * @fd: (out): the descriptor that came with it, or -1
 *
 * Never waits.
 *
 * Returns: 1 if there was a message, 0 if the other side is gone, -1 with
 *   errno set otherwise
 */
gint
zygote_message_receive (gint socket, ZygoteMessage * message, gint * fd)
{
  struct iovec part = { message, sizeof *message };
  Control control;
  struct msghdr header = {.msg_iov = &part,.msg_iovlen = 1,.msg_control =
        &control,.msg_controllen = sizeof control
  };
  gssize n;

  *fd = -1;
  do {
    n = recvmsg (socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (n < 0 && is_passing ());
  if (n < 0)
    return -1;
  *fd = take_fd (&header);
  if (n == sizeof *message)
    return 1;
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  errno = EBADMSG;
  return n == 0 ? 0 : -1;
}

/**
 * zygote_text_send:
 * @socket: of a call
 * @text: the message
 *
 * Never waits.
 *
 * Returns: %FALSE with errno set
 */
gboolean
zygote_text_send (gint socket, const gchar * text)
{
  gssize size = strlen (text), n;

  do {
    n = send (socket, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n == size;
}

/**
 * zygote_text_receive:
 * @socket: of a call
 * @buffer: (out): room for a message and a NUL
 * @size: its bytes, more than %CALL_MESSAGE_MAX
 *
 * Never waits.
 *
 * Returns: the bytes of the message, 0 if the other side is gone, -1 with
 *   errno set otherwise
 */
gssize
zygote_text_receive (gint socket, gchar * buffer, gsize size)
{
  gssize n;

  do {
    n = recv (socket, buffer, size - 1, MSG_DONTWAIT);
  } while (n < 0 && is_passing ());
  buffer[MAX (n, 0)] = 0;
  return n;
}
