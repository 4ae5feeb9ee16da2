/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dcep-message.h"

#include <gio/gio.h>

#define SCTP_MAX_CHANNELS 64
#define SCTP_MAX_MESSAGE 262144 /* what we say in `a=max-message-size` */

/* Data channels of one connection. It touches no socket: packets go in by
 * sctp_session_receive(), time passes by sctp_pass_time(), and after each of
 * these, and every other call, output and events are to be fetched. */
typedef struct _SctpSession SctpSession;

typedef enum
{
  SCTP_UP,                      /* channels may be opened */
  SCTP_DOWN,                    /* the other side is gone */
  SCTP_CHANNEL_OPEN,            /* by either side, `label` is its name */
  SCTP_MESSAGE,
} SctpEventType;

typedef struct
{
  SctpEventType type;
  guint16 channel;
  gchar *label;
  gboolean binary;
  GBytes *message;
} SctpEvent;

SctpSession *sctp_session_new (void);
void sctp_session_free (SctpSession * self);
gboolean sctp_session_start (SctpSession * self, guint16 port,
    guint16 remote_port, GError ** error);
void sctp_session_receive (SctpSession * self, const guint8 * packet,
    gsize size);
gboolean sctp_session_open (SctpSession * self, guint16 channel,
    const gchar * label, const DcepReliability * reliability);
gboolean sctp_session_send (SctpSession * self, guint16 channel,
    gboolean binary, const guint8 * message, gsize size);
GBytes *sctp_session_take_output (SctpSession * self);
SctpEvent *sctp_session_take_event (SctpSession * self);
void sctp_event_free (SctpEvent * event);
void sctp_pass_time (guint ms);
