/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-realtime-wire.h"

G_BEGIN_DECLS

/* An answer of a realtime session: what came of it before it was wanted, and
 * which of the service's messages it is, so that what was not heard can be
 * taken back. Not thread-safe. */

#define REALTIME_ANSWER_MAX_HELD (8 * 1024 * 1024)
#define REALTIME_ANSWER_MAX_ITEMS 64

typedef struct
{
  gchar *id;
  guint64 samples;              /* of its sound */
} RealtimeItem;

typedef struct
{
  guint ask;                    /* what we asked by, 0: it came by itself */
  guint request;                /* of the model's base, or 0 */
  gchar *say;                   /* nullable: what it is to say, word for word */
  gchar *response;              /* nullable: as the service calls it */
  guint turn, generation;
  gboolean kept;                /* the caller's voice does not stop it */
  gboolean no_tools;
  gboolean sent;                /* it was asked for */
  gboolean done;                /* there is no more */
  gboolean dropped;             /* it is not wanted any more */
  gboolean cancelled;           /* the service was told */
  guint speech;                 /* 0: not known yet */
  gboolean playing, settled;    /* settled: the service knows what was heard */
  GQueue held;                  /* of OpenaiRealtimeEvent: not yet wanted */
  gsize held_size;
  GQueue early;                 /* of GBytes: sound before the first word */
  gsize early_size;
  GArray *items;                /* of RealtimeItem */
  gboolean has_odd;             /* half a sample */
  guint8 odd;
} RealtimeAnswer;

RealtimeAnswer *realtime_answer_new (void);
void realtime_answer_free (RealtimeAnswer * answer);
void realtime_answer_reset (RealtimeAnswer * answer);

gboolean realtime_answer_hold (RealtimeAnswer * answer,
    OpenaiRealtimeEvent * event);
void realtime_answer_add_item (RealtimeAnswer * answer, const gchar * id);
GBytes *realtime_answer_sound (RealtimeAnswer * answer, const gchar * item,
    GBytes * sound);
GPtrArray *realtime_answer_heard (RealtimeAnswer * answer, guint ms);

G_END_DECLS
