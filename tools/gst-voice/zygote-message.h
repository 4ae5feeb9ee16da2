/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the control process and the zygote say to each other: one of these a
 * message, on a SOCK_SEQPACKET. Both are the same program, so the layout is. */

typedef enum
{
  /* to the zygote */
  ZYGOTE_CALL = 1,              /* fork; with the socket of the call */
  /* from it */
  ZYGOTE_READY,                 /* everything is loaded */
  ZYGOTE_FORKED,                /* `pid`; with its pidfd, if there are such */
  ZYGOTE_FAILED,                /* there is no process: `status` is errno */
  ZYGOTE_ENDED,                 /* `status` and what follows */
} ZygoteKind;

typedef struct
{
  guint32 kind;
  gint32 pid;
  guint64 number;               /* of the call, by the control process */
  gint32 status;                /* as of waitpid() */
  guint32 memory;               /* most that was resident, kB */
  gint64 cpu;                   /* µs */
} ZygoteMessage;

/* Where the zygote finds its socket. */
#define ZYGOTE_FD 3

gboolean zygote_socketpair (gint fds[2]);
gboolean zygote_message_send (gint socket, const ZygoteMessage * message,
    gint fd);
/* 1: a message; 0: the other side is gone; -1: nothing there, or not one of
 * ours (then errno is EBADMSG). @fd is -1 if none came. */
gint zygote_message_receive (gint socket, ZygoteMessage * message, gint * fd);

gboolean zygote_text_send (gint socket, const gchar * text);
gssize zygote_text_receive (gint socket, gchar * buffer, gsize size);
