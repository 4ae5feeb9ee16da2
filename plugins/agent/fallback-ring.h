/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What a recogniser was given and has not settled: sound, and the events among
 * it. */
typedef struct
{
  GstMiniObject *object;        /* a buffer or an event */
  GstClockTime end;             /* of a buffer, running time */
  gboolean out;                 /* an event that has gone on already */
} FallbackItem;

typedef struct
{
  GQueue items;                 /* of FallbackItem */
  GstClockTime length;
  gsize bytes;
} FallbackRing;

void fallback_ring_init (FallbackRing * ring);
void fallback_ring_clear (FallbackRing * ring);
void fallback_ring_add_buffer (FallbackRing * ring, GstBuffer * buffer,
    GstClockTime end);
void fallback_ring_add_event (FallbackRing * ring, GstEvent * event,
    gboolean out);
gboolean fallback_ring_went_out (FallbackRing * ring, guint32 seqnum);
void fallback_ring_settle (FallbackRing * ring, GstClockTime until);

G_END_DECLS
