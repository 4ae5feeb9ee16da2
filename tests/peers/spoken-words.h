/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Knows the words that a stand-in's voice says (provider-voice.h) by their
 * pitch. Times are in microseconds since the first sample. */
typedef struct _SpokenWords SpokenWords;

typedef struct
{
  guint word;                   /* of those that may come */
  gint64 start, end;
} SpokenWord;

SpokenWords *spoken_words_new (const gchar * text, guint rate);
void spoken_words_free (SpokenWords * self);
void spoken_words_take (SpokenWords * self, const gint16 * samples, gsize n);
void spoken_words_finish (SpokenWords * self);
GArray *spoken_words_get (SpokenWords * self);

G_END_DECLS
