/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the SCTP sessions of the process know of time: they are told of it
 * every 20 ms while packets come and go, and every 250 ms while none does.
 * Times are µs that the caller gives. */
typedef struct
{
  gint64 passed;                /* what the sessions know of */
  gint64 busy;                  /* until then */
} SctpClock;

void sctp_clock_begin (SctpClock * self, gint64 now);
guint sctp_clock_pass (SctpClock * self, gint64 now);
guint sctp_clock_get_wait (const SctpClock * self, gint64 now);
gboolean sctp_clock_packet (SctpClock * self, gint64 now);
