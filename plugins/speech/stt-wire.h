/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* What the messages of recognisers in the network have in common. Whatever is
 * asked for may be missing, and what makes no sense is missing. */

/* Times are nanoseconds since the first sample of the connection. */
#define STT_NO_TIME ((gint64) -1)

typedef struct
{
  gchar *text;                  /* as in the transcript */
  guint offset, length;         /* of it there, in characters */
  gint64 start, end;
} SttWord;

/* Where a word's text stands, the better first; of how many seconds its times
 * are. */
typedef struct
{
  const gchar *text, *or_text;  /* (nullable): or_text */
  gdouble unit;
} SttWordForm;

JsonNode *stt_wire_parse (const gchar * text, gsize size, GError ** error);

JsonObject *stt_wire_object (JsonNode * node);
JsonNode *stt_wire_member (JsonObject * object, const gchar * name);
JsonNode *stt_wire_element (JsonNode * node, guint i);
const gchar *stt_wire_text (JsonNode * node);
const gchar *stt_wire_string (JsonObject * object, const gchar * name);
gboolean stt_wire_flag (JsonObject * object, const gchar * name);
gdouble stt_wire_number (JsonObject * object, const gchar * name);
gdouble stt_wire_probability (JsonObject * object, const gchar * name);
gchar *stt_wire_identifier (const gchar * text);
gint64 stt_wire_time (gdouble seconds);

GArray *stt_wire_words_new (void);
void stt_wire_take_words (GArray * words, const gchar * transcript,
    JsonNode * array, const SttWordForm * form);

void stt_wire_append_query (GString * out, const gchar * name,
    const gchar * value);
