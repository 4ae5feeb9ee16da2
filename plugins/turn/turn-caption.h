/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The caller's words as captions: segments whose texts are replaced as more is
 * known, at most ten times a second, and which become final. A turn that goes
 * on with an earlier one is the earlier one's segment again. Times are
 * nanoseconds; -1 is none. */
typedef struct _TurnCaption TurnCaption;

typedef void (*TurnCaptionFunc) (guint segment, const gchar * text,
    gboolean final, gpointer data);

TurnCaption *turn_caption_new (TurnCaptionFunc func, gpointer data);
void turn_caption_free (TurnCaption * caption);
void turn_caption_show (TurnCaption * caption, gint64 now, const gchar * text,
    guint turn, guint merges);
void turn_caption_commit (TurnCaption * caption, const gchar * text,
    guint turn, guint merges);
void turn_caption_correct (TurnCaption * caption, const gchar * text,
    guint turn);
gint64 turn_caption_flush (TurnCaption * caption, gint64 now);
