/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define FALLBACK_MAX 8

/* Which of several children works. Times are in microseconds. */
typedef struct
{
  guint n;
  gint64 retry_after;
  gint current;                 /* -1: none yet */
  gint64 until[FALLBACK_MAX];   /* left alone until then */
  gboolean tried[FALLBACK_MAX]; /* has failed in this piece of work */
} FallbackCore;

/* For how long others leave it alone, or 0. */
typedef gint64 (*FallbackCoolingFunc) (guint child, gpointer data);

void fallback_core_init (FallbackCore * core, guint n, gint64 retry_after);
void fallback_core_fresh (FallbackCore * core);
gint fallback_core_choose (FallbackCore * core, gint64 now, gboolean better,
    FallbackCoolingFunc cooling, gpointer data);
void fallback_core_failed (FallbackCore * core, guint child, gint64 now);
gint fallback_core_second (const FallbackCore * core, gint64 now);

/* A word that has sounded, or is heard: microseconds. */
typedef struct
{
  gint64 start, end;
} FallbackSpan;

guint fallback_words_said (const FallbackSpan * words, guint n, gint64 given);
gint64 fallback_may_give (const FallbackSpan * words, guint n, gint64 have);
guint fallback_words_estimated (const gchar * text, gint64 given,
    gdouble characters_per_second);
guint fallback_count_words (const gchar * text);
const gchar *fallback_rest (const gchar * text, guint said, guint total);
gssize fallback_overlap (const gchar * said, const gchar * text,
    gboolean complete);
guint fallback_words_known (const FallbackSpan * words, guint n,
    gint64 known_until);
