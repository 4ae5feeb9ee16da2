/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A caller from a file: what is said when, relative to what the agent does.
 * docs/caller.md describes the file. Times are nanoseconds of running time. */

typedef enum
{
  CALLER_AFTER_AGENT,           /* the agent has spoken and is idle */
  CALLER_DURING_AGENT,          /* the agent has begun to speak */
  CALLER_AFTER_SELF,            /* the last item is over */
  CALLER_AT,                    /* a time of the call */
} CallerWhen;

typedef enum
{
  CALLER_SAY,                   /* `text`, to be synthesised with `voice` */
  CALLER_PLAY,                  /* the file `path`, which says `text` */
  CALLER_TYPE,                  /* writes `text`; no sound */
  CALLER_NOISE,
  CALLER_SILENCE,
  CALLER_HANG_UP,               /* leaves at once */
  CALLER_END,                   /* has no more to say, but listens */
} CallerWhat;

typedef struct
{
  guint line;
  CallerWhen when;
  gint64 delay;
  CallerWhat what;
  gchar *text, *path, *voice;
  guint rate;                   /* of a file without a header, 0 for none */
  gdouble level;                /* dB, added to the sound */
  gint64 length;                /* of noise and silence */
  gint16 *samples;              /* the sound, at the core's rate */
  gsize n;
} CallerItem;

typedef struct _CallerCore CallerCore;

CallerCore *caller_core_parse (const gchar * text, const gchar * origin,
    GError ** error);
void caller_core_free (CallerCore * core);
guint caller_core_count (CallerCore * core);
CallerItem *caller_core_item (CallerCore * core, guint i);
void caller_core_take_sound (CallerCore * core, guint i, gint16 * samples,
    gsize n);
void caller_core_make_noises (CallerCore * core, guint rate);

void caller_core_start (CallerCore * core, guint rate);
void caller_core_agent_speaks (CallerCore * core, gint64 now);
void caller_core_agent_heard (CallerCore * core);
void caller_core_agent_idle (CallerCore * core, gboolean idle, gint64 now);
gboolean caller_core_frame (CallerCore * core, gint64 now, gint16 * out,
    guint n, const CallerItem ** begun);
