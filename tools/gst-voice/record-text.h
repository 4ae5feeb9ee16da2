/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

/* How a text is marked: escape sequences on a terminal that knows them, else
 * nothing, and words in brackets where a mark carries meaning. */
typedef struct
{
  const gchar *bold, *dim, *caller, *agent, *bad, *off;
  const gchar *cut, *cut_off;   /* around what was not heard */
} TextStyle;

extern const TextStyle text_plain, text_coloured;

void text_append (GString * out, const gchar * text);
gchar *text_printable (const gchar * text);
guint text_width (const gchar * text);
gsize text_fit (const gchar * text, guint columns);
gchar *text_format_time (gint64 time);
void text_append_seconds (GString * out, gint width, gint64 time);
void text_append_utterance (GString * out, const RecordUtterance * utterance,
    const TextStyle * style);
